// SM2 signatures, over a message with an id and over a digest as it stands.

import { weierstrass } from '@noble/curves/abstract/weierstrass';
import { Field } from '@noble/curves/abstract/modular';
import sm from 'sm-crypto';
import { sha256 } from '@noble/hashes/sha256';
import { attempt, big, join, request, toBig, toHex, utf8 } from '../draw.mjs';

const SM2_MESSAGE = 1;
const SM2_DIGEST = 5;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const mod = (a, n) => ((a % n) + n) % n;

// Makes keys and signatures, a hundred times as fast as sm-crypto, which judges them.
const { ProjectivePoint: Point } = weierstrass({
  Fp: Field(P), n: N, h: 1n, hash: sha256, hmac: () => new Uint8Array(32), randomBytes: (n) => new Uint8Array(n), lowS: false,
  a: P - 3n, b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});

const rawKey = (d) => Point.BASE.multiply(d).toRawBytes(false).slice(1);

function verdict(item) {
  const hash = item.alg === SM2_MESSAGE;
  if (item.sig.length !== 64 || item.key.length !== 64) return false;
  if (!hash && item.msg.length !== 32) return false;
  const options = { hash, userId: item.id.length === 0 ? undefined : item.id };
  return attempt(() => sm.sm2.doVerifySignature(Array.from(item.msg), toHex(item.sig),
    '04' + toHex(item.key), options)) ?? false;
}

const changes = {
  none: () => ({}),
  'other message': ({ draw, msg }) => ({ msg: draw.bytes(msg.length || 1) }),
  'other id': () => ({ id: 'another@example' }),
  'default id by name': ({ id }) => ({ id: id === '' ? '1234567812345678' : id }),
  'other key': ({ draw }) => ({ key: rawKey(draw.scalar(N)) }),
  'negated key': ({ d }) => ({ key: rawKey(N - d) }),
  'key off the curve': ({ draw, key }) => {
    const out = Uint8Array.from(key);
    out[draw.below(64)] ^= 1 << draw.below(8);
    return { key: out };
  },
  'key of zeros': () => ({ key: new Uint8Array(64) }),
  'y = p': ({ key }) => ({ key: join(key.slice(0, 32), big(P)) }),
  'r = 0': () => ({ r: 0n }),
  's = 0': () => ({ s: 0n }),
  'r = n': () => ({ r: N }),
  's = n': () => ({ s: N }),
  'r + n': ({ r }) => ({ r: r + N }),
  's + n': ({ s }) => ({ s: s + N }),
  'r + s = n': ({ r }) => ({ s: N - r }),
  'negated s': ({ s }) => ({ s: N - s }),
  swapped: ({ r, s }) => ({ r: s, s: r }),
  'sig changed': ({ draw, sig }) => ({ sig: draw.changed(sig) }),
  // s = -t d (mod n) makes s G + t P the point at infinity.
  'sum at infinity': ({ d, draw }) => {
    const t = draw.scalar(N);
    const s = mod(-t * d, N);
    return { s, r: mod(t - s, N) };
  },
};

function one(draw) {
  const d = draw.scalar(N - 1n);
  const alg = draw.pick([SM2_MESSAGE, SM2_DIGEST]);
  const msg = draw.bytes(alg === SM2_DIGEST ? 32 : draw.between(0, 90));
  const id = alg === SM2_DIGEST || draw.chance(50) ? '' : draw.pick(['a', 'org1@bank', 'x'.repeat(300)]);
  const sig = Uint8Array.from(Buffer.from(sm.sm2.doSignature(Array.from(msg), toHex(big(d)),
    { hash: alg === SM2_MESSAGE, userId: id === '' ? undefined : id }), 'hex'));
  const base = { draw, d, alg, msg, id, sig, key: rawKey(d) };
  base.r = toBig(sig.slice(0, 32));
  base.s = toBig(sig.slice(32));
  const label = draw.chance(20) ? 'none' : draw.pick(Object.keys(changes));
  const change = changes[label](base);
  const item = { ...base, ...change, label: `${label}, alg ${alg}` };
  if (change.sig === undefined) item.sig = join(big(item.r), big(item.s));
  item.request = request('check', alg, 0, item.key, utf8(item.id), item.msg, item.sig);
  item.want = verdict(item) ? 'OK' : null;
  return item;
}

/** Ours, which hold a random nonce, in their eyes. */
function made(draw) {
  const d = draw.chance(90) ? draw.scalar(N - 1n) : draw.pick([0n, N - 1n, N, 1n, N - 2n]);
  const msg = draw.bytes(draw.between(0, 90));
  return { d, msg, request: request('sign', SM2_MESSAGE, big(d), msg) };
}

function judgeMade({ d, msg, request: detail }, answer, claim) {
  if (d === 0n || d >= N - 1n) {
    claim('sign: scalar out of range', answer === 'E_RANGE', detail);
    return;
  }
  const [key, sig] = answer.split(' ');
  claim('sign: they take it', key === toHex(rawKey(d)) &&
    sm.sm2.doVerifySignature(Array.from(msg), sig, '04' + key, { hash: true }), detail);
}

export function sm2({ draw, count, compare, ask, claim }) {
  compare(Array.from({ length: Math.ceil(count * 0.9) }, () => one(draw)));
  const own = Array.from({ length: Math.ceil(count * 0.1) }, () => made(draw));
  ask(own.map((item) => item.request)).forEach((answer, i) => judgeMade(own[i], answer, claim));
}
