// Hashes of any length in any number of pieces, HMAC-SM3, and SM4 in counter mode.

import { blake2b } from '@noble/hashes/blake2b';
import { blake2s } from '@noble/hashes/blake2s';
import { ripemd160 } from '@noble/hashes/ripemd160';
import { sha256 } from '@noble/hashes/sha256';
import { sha384, sha512, sha512_256 } from '@noble/hashes/sha512';
import { keccak_256, sha3_256 } from '@noble/hashes/sha3';
import sm from 'sm-crypto';
import { big, fromHex, join, request, toBig, toHex } from '../draw.mjs';

export const sm3 = (bytes) => fromHex(sm.sm3(Array.from(bytes)));

/** By the numbers of include/yuqiao/types.h. */
const hash = {
  1: sm3,
  2: sha256,
  3: keccak_256,
  4: sha384,
  5: sha512,
  6: sha512_256,
  7: ripemd160,
  8: (b) => blake2b(b, { dkLen: 64 }),
  9: (b) => blake2s(b, { dkLen: 32 }),
  10: sha3_256,
};

function pieces(draw, bytes) {
  const out = [];
  let at = 0;
  while (at < bytes.length && out.length < 5) {
    const n = draw.between(0, bytes.length - at);
    out.push(bytes.slice(at, at + n));
    at += n;
  }
  return [...out, bytes.slice(at)];
}

/** Lengths beside the blocks' ends, where padding changes its form. */
function length(draw) {
  const block = draw.pick([64, 72, 104, 128, 136, 144]);
  const near = draw.between(0, 4) * block + draw.between(-18, 2);
  return draw.chance(70) ? Math.max(0, near) : draw.between(0, 1500);
}

function counterMode(key, iv, text) {
  const out = new Uint8Array(text.length);
  let counter = toBig(iv);
  for (let at = 0; at < text.length; at += 16, counter++) {
    const stream = sm.sm4.encrypt(Array.from(big(counter, 16)), Array.from(key),
      { padding: 'none', output: 'array' });
    for (let i = at; i < Math.min(at + 16, text.length); i++) out[i] = text[i] ^ stream[i - at];
  }
  return out;
}

function one(draw) {
  const kind = draw.below(20);
  const bytes = draw.bytes(length(draw));
  if (kind === 0) {
    const key = draw.bytes(draw.pick([1, 16, 32, 63, 64, 65, 100]));
    return { label: 'hmac-sm3', request: request('hmac-sm3', key, bytes),
      want: sm.sm3(Array.from(bytes), { key: Array.from(key) }) };
  }
  if (kind === 1) {
    const key = draw.bytes(16);
    const iv = draw.chance(50) ? draw.bytes(16) : big((1n << 128n) - BigInt(draw.between(1, 3)), 16);
    const text = draw.bytes(draw.between(1, 100));
    return { label: 'sm4-ctr', request: request('sm4-ctr', key, iv, text),
      want: toHex(counterMode(key, iv, text)) };
  }
  if (kind === 2) {
    const alg = draw.pick([0, 11, 12, 255]);
    return { label: 'no such hash', request: request('hash', alg, bytes), want: null };
  }
  const alg = draw.between(1, 10);
  return { label: `hash ${alg}`, request: request('hash', alg, ...pieces(draw, bytes)),
    want: toHex(hash[alg](join(bytes))) };
}

export function hashes({ draw, count, compare }) {
  compare(Array.from({ length: count }, () => one(draw)));
}
