// SM2 (GB/T 32918) over a 32-byte message with the id 1234567812345678. Node's own crypto has SM3, but SM2 with an
// empty id only, so the curve is here: verification alone, nothing secret is computed.
import { createHash } from 'node:crypto';

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const G = [
  0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n, 1n];
const INFINITY = [1n, 1n, 0n];
const ID = Buffer.from('1234567812345678');

export const sm3 = (...parts) => {
  const h = createHash('sm3');
  for (const part of parts) h.update(part);
  return h.digest();
};

const number = (b) => BigInt('0x' + b.toString('hex'));
const word = (v) => Buffer.from(v.toString(16).padStart(64, '0'), 'hex');
const mod = (v, m) => ((v % m) + m) % m;

function inverse(value, m) {
  let [a, b, x, y] = [mod(value, m), m, 1n, 0n];
  while (a > 1n) {
    const q = b / a;
    [b, a] = [a, b % a];
    [y, x] = [x, y - q * x];
  }
  return mod(x, m);
}

// ---- points in Jacobian coordinates -----------------------------------------------------------------------------

function double([x, y, z]) {
  if (z === 0n || y === 0n) return INFINITY;
  const yy = (y * y) % P;
  const zz = (z * z) % P;
  const s = (4n * x * yy) % P;
  const m = (3n * (x - zz) * (x + zz)) % P; // a is -3
  const x3 = mod(m * m - 2n * s, P);
  return [x3, mod(m * (s - x3) - 8n * yy * yy, P), (2n * y * z) % P];
}

function add(p, q) {
  if (p[2] === 0n) return q;
  if (q[2] === 0n) return p;
  const pz = (p[2] * p[2]) % P;
  const qz = (q[2] * q[2]) % P;
  const u1 = (p[0] * qz) % P;
  const u2 = (q[0] * pz) % P;
  const s1 = (p[1] * qz * q[2]) % P;
  const s2 = (q[1] * pz * p[2]) % P;
  const h = mod(u2 - u1, P);
  const r = mod(s2 - s1, P);
  if (h === 0n) return r === 0n ? double(p) : INFINITY;
  const hh = (h * h) % P;
  const hhh = (h * hh) % P;
  const v = (u1 * hh) % P;
  const x3 = mod(r * r - hhh - 2n * v, P);
  return [x3, mod(r * (v - x3) - s1 * hhh, P), (h * p[2] * q[2]) % P];
}

/** a times p and b times q, in one walk. */
function sum(p, a, q, b) {
  const both = add(p, q);
  let out = INFINITY;
  for (let bit = 255n; bit >= 0n; bit--) {
    out = double(out);
    const which = Number(((a >> bit) & 1n) * 2n + ((b >> bit) & 1n));
    if (which > 0) out = add(out, [q, p, both][which - 1]);
  }
  return out;
}

// ---- signatures -------------------------------------------------------------------------------------------------

function isOnCurve(x, y) {
  return x < P && y < P && mod(y * y - (x * x * x + A * x + B), P) === 0n;
}

/** By the digest e, a number. An r that is not below n never is the one that comes out. */
export function verifyDigest(key, e, r, s) {
  const [x, y] = [number(key.subarray(0, 32)), number(key.subarray(32))];
  const t = mod(r + s, N);
  if (r === 0n || s === 0n || s >= N || t === 0n || !isOnCurve(x, y)) return false;
  const point = sum(G, s, [x, y, 1n], t);
  if (point[2] === 0n) return false;
  const iz = inverse(point[2], P);
  return mod(e + (point[0] * iz * iz) % P, N) === r;
}

/** key: x || y; signature: r || s. Values out of range, and a key that is no point, are no signature. */
export function verifySm2(key, message, signature) {
  const z = sm3(Buffer.from([0, 8 * ID.length]), ID, word(A), word(B), word(G[0]), word(G[1]), key);
  return verifyDigest(key, number(sm3(z, message)), number(signature.subarray(0, 32)), number(signature.subarray(32)));
}
