// ECDSA over secp256k1, P-256 and P-384, and the recovery of secp256k1 keys.

import { p256 } from '@noble/curves/p256';
import { p384 } from '@noble/curves/p384';
import { secp256k1 } from '@noble/curves/secp256k1';
import { computeAddress, recoverAddress } from 'ethers';
import { attempt, big, join, request, toBig, toHex } from '../draw.mjs';

const P256 = 2;
const SECP256K1 = 3;
const P384 = 6;
const LOW_S = 1;
const curves = { [P256]: p256, [SECP256K1]: secp256k1, [P384]: p384 };

const orderOf = (curve) => curve.CURVE.n;
const primeOf = (curve) => curve.CURVE.Fp.ORDER;
const sizeOf = (curve) => curve.CURVE.Fp.BYTES;
const mod = (a, n) => ((a % n) + n) % n;

function inverse(a, n) {
  let [r0, r1, t0, t1] = [n, mod(a, n), 0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  return mod(t0, n);
}

function rawKey(curve, d) {
  return curve.getPublicKey(big(d, sizeOf(curve)), false).slice(1);
}

/** A signature made here from its parts, so that every value can be chosen. */
function signWith(curve, d, e, k) {
  const n = orderOf(curve);
  const r = mod(curve.ProjectivePoint.BASE.multiply(k).toAffine().x, n);
  return { r, s: mod(inverse(k, n) * (e + r * d), n) };
}

function verdict(curve, item) {
  const key = item.key.length === 2 * sizeOf(curve) ? join([4], item.key) : item.key;
  if (item.sig.length !== 2 * sizeOf(curve)) return false;
  return attempt(() => curve.verify(item.sig, item.digest, key,
    { lowS: (item.flags & LOW_S) !== 0, prehash: false, format: 'compact' })) ?? false;
}

/** What is done to (d, key, digest, r, s); each returns what it changes. */
const changes = {
  none: () => ({}),
  'high s': ({ n, s }) => ({ s: s > n / 2n ? s : n - s }),
  'low s': ({ n, s }) => ({ s: s > n / 2n ? n - s : s }),
  'r = 0': () => ({ r: 0n }),
  's = 0': () => ({ s: 0n }),
  'r = n': ({ n }) => ({ r: n }),
  's = n': ({ n }) => ({ s: n }),
  'r + n': ({ n, r }) => ({ r: r + n }),
  's + n': ({ n, s }) => ({ s: s + n }),
  'r = n - 1': ({ n }) => ({ r: n - 1n }),
  's = 1': () => ({ s: 1n }),
  swapped: ({ r, s }) => ({ r: s, s: r }),
  'other digest': ({ draw, digest }) => ({ digest: draw.bytes(digest.length) }),
  'other key': ({ curve, n, draw }) => ({ key: rawKey(curve, draw.scalar(n)) }),
  'negated key': ({ curve, n, d }) => ({ key: rawKey(curve, n - d) }),
  'key of zeros': ({ curve }) => ({ key: new Uint8Array(2 * sizeOf(curve)) }),
  'key off the curve': ({ draw, key }) => {
    const out = Uint8Array.from(key);
    out[draw.below(out.length)] ^= 1 << draw.below(8);
    return { key: out };
  },
  'x + p': ({ curve, key }) => {
    const size = sizeOf(curve);
    return { key: join(big(toBig(key.slice(0, size)) + primeOf(curve), size), key.slice(size)) };
  },
  'y = p': ({ curve, key }) => {
    const size = sizeOf(curve);
    return { key: join(key.slice(0, size), big(primeOf(curve), size)) };
  },
  compressed: ({ curve, d }) => ({ key: curve.getPublicKey(big(d, sizeOf(curve)), true) }),
  'compressed, other sign': ({ curve, d }) => {
    const key = curve.getPublicKey(big(d, sizeOf(curve)), true);
    key[0] ^= 1;
    return { key };
  },
  'hybrid tag': ({ curve, d }) => {
    const key = curve.getPublicKey(big(d, sizeOf(curve)), true);
    key[0] = 5;
    return { key };
  },
  'key cut': ({ key }) => ({ key: key.slice(1) }),
  'sig changed': ({ draw, sig }) => ({ sig: draw.changed(sig) }),
  'digest of zero': (c) => {
    const digest = new Uint8Array(c.digest.length);
    return { digest, ...signWith(c.curve, c.d, 0n, c.k) };
  },
  'digest of ones': (c) => {
    const digest = new Uint8Array(c.digest.length).fill(255);
    return { digest, ...signWith(c.curve, c.d, toBig(digest), c.k) };
  },
  'sum at infinity': ({ curve, n, d, r }) => ({ digest: big(mod(-r * d, n), sizeOf(curve)) }),
  'sum of equal points': ({ curve, n, d, r }) => ({ digest: big(mod(r * d, n), sizeOf(curve)) }),
  'key is the generator': (c) => ({ key: rawKey(c.curve, 1n), ...signWith(c.curve, 1n, c.e, c.k) }),
  'nonce of one': (c) => signWith(c.curve, c.d, c.e, 1n),
};

function one(draw) {
  const alg = draw.pick([P256, SECP256K1, P256, SECP256K1, P256, SECP256K1, P384]);
  const curve = curves[alg];
  const n = orderOf(curve);
  const size = sizeOf(curve);
  const digest = draw.bytes(alg === P384 && draw.chance(50) ? 48 : 32);
  const [d, k] = [draw.scalar(n), draw.scalar(n)];
  const e = toBig(digest);
  const base = { draw, curve, n, d, k, e, digest, key: rawKey(curve, d), ...signWith(curve, d, e, k) };
  base.sig = join(big(base.r, size), big(base.s, size));
  const label = draw.chance(25) ? 'none' : draw.pick(Object.keys(changes));
  const change = changes[label](base);
  const item = { alg, flags: draw.below(2), ...base, ...change };
  if (change.sig === undefined) item.sig = join(big(item.r, size), big(item.s, size));
  item.label = `${label}, alg ${alg}`;
  item.request = request('check', alg, item.flags, item.key, [], item.digest, item.sig);
  item.want = verdict(curve, item) ? 'OK' : null;
  return item;
}

/** Keys and signatures that we make. Those over secp256k1 are deterministic (RFC 6979). */
function made(draw) {
  const alg = draw.pick([P256, SECP256K1]);
  const curve = curves[alg];
  const d = draw.chance(90) ? draw.scalar(orderOf(curve))
    : draw.pick([0n, 1n, orderOf(curve) - 1n, orderOf(curve), orderOf(curve) + 1n]);
  const digest = draw.bytes(32);
  const valid = d > 0n && d < orderOf(curve);
  return { alg, curve, d, digest, valid, request: request('sign', alg, big(d), digest) };
}

function judgeMade(item, answer, claim) {
  if (!item.valid) {
    claim('sign: scalar out of range', answer === 'E_RANGE', item.request);
    return;
  }
  const [key, sig, recoverable] = answer.split(' ');
  const bytes = Buffer.from(sig, 'hex');
  const fits = item.curve.verify(bytes, item.digest, '04' + key,
    { lowS: true, prehash: false, format: 'compact' });
  claim('sign: they take it', key === toHex(rawKey(item.curve, item.d)) && fits, item.request);
  if (item.alg === SECP256K1) {
    const own = secp256k1.sign(item.digest, big(item.d), { lowS: true, prehash: false });
    const text = own.toCompactHex() + (own.recovery === 0 ? '00' : '01');
    claim('sign: the same bytes', recoverable === text && text.startsWith(sig), item.request);
  }
}

export function ecdsa({ draw, count, compare, ask, claim }) {
  const items = Array.from({ length: Math.ceil(count * 0.9) }, () => one(draw));
  compare(items);
  const own = Array.from({ length: Math.ceil(count * 0.1) }, () => made(draw));
  ask(own.map((item) => item.request)).forEach((answer, i) => judgeMade(own[i], answer, claim));
}

/** Recovery: what is done to (digest, r, s, v). */
const recoveries = {
  none: () => ({}),
  'other v': ({ v }) => ({ v: v ^ 1 }),
  'v of a large x': ({ v }) => ({ v: v | 2 }),
  'v of a transaction': ({ v }) => ({ v: v + 27 }),
  'v = 4': () => ({ v: 4 }),
  'negated s': ({ n, s, v }) => ({ s: n - s, v: v ^ 1 }),
  'r = 0': () => ({ r: 0n }),
  's = 0': () => ({ s: 0n }),
  'r = n': ({ n }) => ({ r: n }),
  's = n': ({ n }) => ({ s: n }),
  'r + n': ({ n, r }) => ({ r: r + n }),
  'any r': ({ draw, n }) => ({ r: draw.scalar(n) }),
  'small r, large x': ({ draw }) => ({ r: BigInt(draw.between(1, 300)), v: 2 + draw.below(2) }),
  'r at the limit of a large x': ({ draw, n }) => ({
    r: primeOf(secp256k1) - n + BigInt(draw.between(-4, 4)), v: 2 + draw.below(2) }),
  'key at infinity': ({ n, k, r, e }) => ({ r, s: mod(inverse(k, n) * e, n) }),
  'digest of zero': () => ({ digest: new Uint8Array(32) }),
  'other digest': ({ draw }) => ({ digest: draw.bytes(32) }),
};

function recovered(item) {
  const { n } = item;
  // What fits into the 65 bytes.
  [item.r, item.s] = [item.r, item.s].map((v) => v & ((1n << 256n) - 1n));
  if (item.r <= 0n || item.r >= n || item.s <= 0n || item.s >= n || item.v > 3) return null;
  return attempt(() => toHex(new secp256k1.Signature(item.r, item.s).addRecoveryBit(item.v)
    .recoverPublicKey(item.digest).toRawBytes(false).slice(1)));
}

function oneRecovery(draw) {
  const n = orderOf(secp256k1);
  const [d, k] = [draw.scalar(n), draw.scalar(n)];
  const digest = draw.bytes(32);
  const e = toBig(digest);
  const y = secp256k1.ProjectivePoint.BASE.multiply(k).toAffine().y;
  const base = { draw, n, d, k, e, digest, v: Number(y & 1n), ...signWith(secp256k1, d, e, k) };
  const label = draw.chance(15) ? 'none' : draw.pick(Object.keys(recoveries));
  const item = { ...base, ...recoveries[label](base), label };
  item.request = request('recover', item.digest, join(big(item.r), big(item.s), [item.v]));
  item.want = recovered(item);
  return item;
}

/** Where ethers takes a signature (low s, v of 0 or 1), it must find the same account. */
function agreesWithEthers(item) {
  const sig = { r: '0x' + toHex(big(item.r)), s: '0x' + toHex(big(item.s)), v: 27 + item.v };
  const found = attempt(() => recoverAddress(item.digest, sig));
  return found === null || found === computeAddress('0x04' + item.want);
}

export function recover({ draw, count, compare, claim }) {
  const items = Array.from({ length: count }, () => oneRecovery(draw));
  compare(items);
  for (const item of items.filter((i) => i.want !== null && i.v < 2)) {
    claim('ethers finds the same account', agreesWithEthers(item), item.request);
  }
}
