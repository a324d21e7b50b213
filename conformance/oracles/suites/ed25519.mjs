// Ed25519: honest signatures, points of small and mixed order, encodings that are not canonical.

import { ed25519 as curve } from '@noble/curves/ed25519';
import { sha512 } from '@noble/hashes/sha512';
import { attempt, join, little, request, toBig, toHex } from '../draw.mjs';

const Point = curve.ExtendedPoint;
const L = curve.CURVE.n;
const P = curve.CURVE.Fp.ORDER;
const ED25519 = 4;
const mod = (a, n) => ((a % n) + n) % n;
const fromLittle = (bytes) => toBig(Uint8Array.from(bytes).reverse());

/** A point of order 8, and with it all eight points whose order divides 8. */
function torsion() {
  const out = [];
  let eight = null;
  for (let y = 2n; eight === null; y++) {
    const p = attempt(() => Point.fromHex(little(y)));
    const t = p?.multiplyUnsafe(L - 1n).add(p);
    if (t && !t.double().double().equals(Point.ZERO)) eight = t;
  }
  for (let t = Point.ZERO, i = 0; i < 8; i++, t = t.add(eight)) out.push(t);
  return out;
}

const small = torsion();

/** Encodings of y with p added, or of x = 0 with the sign set: they decode only where one is lax. */
function odd(draw) {
  const y = draw.pick([0n, 1n, ...Array.from({ length: 17 }, (_, i) => BigInt(i + 2))]);
  const bytes = little(draw.chance(80) ? y + P : draw.pick([1n, P - 1n]));
  if (draw.chance(50)) bytes[31] |= 0x80;
  return bytes;
}

const challenge = (R, A, msg) => mod(fromLittle(sha512(join(R, A, msg))), L);

/** S = r + k a for a nonce and any bytes that stand for the two points. */
function sign(c, R = c.R, A = c.A, msg = c.msg, r = c.r) {
  return { R, A, msg, S: mod(r + challenge(R, A, msg) * c.a, L) };
}

const changes = {
  none: () => ({}),
  'other message': ({ draw }) => ({ msg: draw.bytes(20) }),
  'other key': ({ draw }) => ({ A: curve.getPublicKey(draw.bytes(32)) }),
  'S + L': ({ S }) => ({ S: S + L }),
  'S = 0': () => ({ S: 0n }),
  'S = L': () => ({ S: L }),
  'S = L - 1': () => ({ S: L - 1n }),
  'negated S': ({ S }) => ({ S: L - S }),
  'R is the neutral point': (c) => sign(c, Point.ZERO.toRawBytes(), c.A, c.msg, 0n),
  'R of small order': (c) => sign(c, c.draw.pick(small).toRawBytes(), c.A, c.msg, 0n),
  'R of mixed order': (c) => sign(c,
    Point.BASE.multiply(c.r).add(c.draw.pick(small)).toRawBytes()),
  'A of small order': (c) => ({ A: c.draw.pick(small).toRawBytes() }),
  'A of small order, S of R': (c) => ({ A: c.draw.pick(small).toRawBytes(), S: c.r }),
  'A and R of small order': (c) => ({
    A: c.draw.pick(small).toRawBytes(), R: c.draw.pick(small).toRawBytes(), S: 0n }),
  'A of mixed order': (c) => sign(c, c.R,
    Point.BASE.multiply(c.a).add(c.draw.pick(small)).toRawBytes()),
  'A and R of mixed order': (c) => sign(c,
    Point.BASE.multiply(c.r).add(c.draw.pick(small)).toRawBytes(),
    Point.BASE.multiply(c.a).add(c.draw.pick(small)).toRawBytes()),
  'A not canonical': (c) => ({ A: odd(c.draw) }),
  'R not canonical': (c) => sign(c, odd(c.draw), c.A, c.msg, 0n),
  'A of any bytes': ({ draw }) => ({ A: draw.bytes(32) }),
  'R of any bytes': ({ draw }) => ({ R: draw.bytes(32) }),
  'A with the other sign': ({ A }) => ({ A: Uint8Array.from(A, (b, i) => b ^ (i === 31 ? 128 : 0)) }),
  'R with the other sign': ({ R }) => ({ R: Uint8Array.from(R, (b, i) => b ^ (i === 31 ? 128 : 0)) }),
  'A cut': ({ A }) => ({ A: A.slice(1) }),
  'signature changed': ({ draw, sig }) => ({ sig: draw.changed(sig) }),
  'empty message': (c) => sign(c, c.R, c.A, new Uint8Array(0)),
};

function one(draw) {
  const [a, r] = [draw.scalar(L), draw.scalar(L)];
  const base = { draw, a, r, msg: draw.bytes(draw.between(0, 80)) };
  base.A = Point.BASE.multiply(a).toRawBytes();
  base.R = Point.BASE.multiply(r).toRawBytes();
  Object.assign(base, sign(base));
  base.sig = join(base.R, little(base.S));
  const label = draw.chance(10) ? 'none' : draw.pick(Object.keys(changes));
  const change = changes[label](base);
  const item = { ...base, ...change, label };
  item.sig = change.sig ?? join(item.R, little(item.S));
  item.request = request('check', ED25519, 0, item.A, [], item.msg, item.sig);
  const good = attempt(() => curve.verify(item.sig, item.msg, item.A, { zip215: false }));
  item.want = good ? 'OK' : null;
  return item;
}

/** S B = R + k A without the factor of 8; for the rule of rules.mjs. */
export function holdsWithoutCofactor({ A, msg, sig }) {
  return attempt(() => {
    const R = Point.fromHex(sig.slice(0, 32), false);
    const key = Point.fromHex(A, false);
    const S = fromLittle(sig.slice(32));
    return Point.BASE.multiplyUnsafe(S)
      .equals(R.add(key.multiplyUnsafe(challenge(sig.slice(0, 32), A, msg))));
  }) ?? false;
}

function oneKey(draw) {
  const kinds = {
    'key: honest': () => curve.getPublicKey(draw.bytes(32)),
    'key: any bytes': () => draw.bytes(32),
    'key: small order': () => draw.pick(small).toRawBytes(),
    'key: mixed order': () =>
      Point.BASE.multiply(draw.scalar(L)).add(draw.pick(small)).toRawBytes(),
    'key: not canonical': () => odd(draw),
    'key: wrong size': () => draw.bytes(draw.pick([0, 31, 33, 64])),
  };
  const label = draw.pick(Object.keys(kinds));
  const key = kinds[label]();
  const good = attempt(() => !Point.fromHex(key, false).isSmallOrder());
  return { label, request: request('key-check', ED25519, key), want: good ? 'OK' : null };
}

function made(draw) {
  const [seed, msg] = [draw.bytes(32), draw.bytes(draw.between(0, 80))];
  const want = `${toHex(curve.getPublicKey(seed))} ${toHex(curve.sign(msg, seed))}`;
  return { label: 'sign', request: request('sign', ED25519, seed, msg), want };
}

export function ed25519({ draw, count, compare }) {
  compare(Array.from({ length: count }, () => {
    const kind = draw.below(20);
    return kind === 0 ? made(draw) : kind < 4 ? oneKey(draw) : one(draw);
  }));
}
