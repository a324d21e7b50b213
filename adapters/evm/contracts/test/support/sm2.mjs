// SM2 (GB/T 32918) on the points of @noble/curves, fast enough for thousands of deliveries; sm-crypto checks it in
// test/suites.test.mjs. verify takes r and s as they come, reduced, so that what the inbox itself refuses shows.
import { createHash } from 'node:crypto';
import { weierstrassN } from '@noble/curves/abstract/weierstrass';

const CURVE = {
  p: BigInt('0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF'),
  n: BigInt('0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123'),
  a: BigInt('0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC'),
  b: BigInt('0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93'),
  h: 1n,
  Gx: BigInt('0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7'),
  Gy: BigInt('0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0'),
};
const Point = weierstrassN(CURVE);
Point.BASE.precompute(8);

export const SM2_ID = '1234567812345678';
export const SM2_N = CURVE.n;
export const sm3 = (b) => createHash('sm3').update(b).digest();
export const word = (v) => Buffer.from(v.toString(16).padStart(64, '0'), 'hex');
export const number = (b) => BigInt('0x' + Buffer.from(b).toString('hex'));
const mod = (v) => ((v % CURVE.n) + CURVE.n) % CURVE.n;

function inverse(v) {
  let [a, m, x, y] = [mod(v), CURVE.n, 1n, 0n];
  while (a > 1n) {
    const q = a / m;
    [a, m] = [m, a % m];
    [x, y] = [y, x - q * y];
  }
  return mod(x);
}

/** e = SM3(Z || message) */
function digestOf(key, message) {
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(8 * SM2_ID.length);
  const z = sm3(Buffer.concat([bits, Buffer.from(SM2_ID), ...[CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map(word), key]));
  return number(sm3(Buffer.concat([z, message])));
}

/** x || y */
export function publicKey(secret) {
  const { x, y } = Point.BASE.multiply(number(secret)).toAffine();
  return Buffer.concat([word(x), word(y)]);
}

/** r || s, with a k that key and message fix. */
export function sign(secret, key, message) {
  const d = number(secret);
  for (let counter = 0; ; counter++) {
    const k = mod(number(sm3(Buffer.concat([secret, message, Buffer.from([counter])]))));
    const r = mod(digestOf(key, message) + Point.BASE.multiply(k).toAffine().x);
    const s = mod((k - r * d) * inverse(1n + d));
    if (r !== 0n && s !== 0n && r + k !== CURVE.n) return Buffer.concat([word(r), word(s)]);
  }
}

const points = new Map(); // of keys, with their tables
function pointOf(key) {
  const id = Buffer.from(key).toString('hex');
  if (!points.has(id)) {
    let point = null;
    try {
      point = Point.fromHex('04' + id).precompute(6);
    } catch { /* not on the curve */ }
    points.set(id, point);
  }
  return points.get(id);
}

const verdicts = new Map(); // tests verify the same certificates over and over
export function verify(key, message, r, s) {
  const id = `${Buffer.concat([key, message]).toString('hex')} ${r} ${s}`;
  if (!verdicts.has(id)) verdicts.set(id, compute(key, message, r, s));
  return verdicts.get(id);
}

const times = (point, v) => (mod(v) === 0n ? Point.ZERO : point.multiply(mod(v)));

function compute(key, message, r, s) {
  const point = pointOf(key);
  if (!point) return false;
  const sum = times(point, r + s).add(times(Point.BASE, s));
  const x = sum.is0() ? 0n : sum.toAffine().x;
  return mod(digestOf(key, message) + x) === mod(r);
}
