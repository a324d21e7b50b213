// Trees that ICS-23 describes, with the proofs of their leaves: a Merkle map as Tendermint has it, an
// IAVL tree, and a compact sparse Merkle tree.

import { sha256 } from '@noble/hashes/sha256';
import { big, join } from '../draw.mjs';

export const IAVL = 0;
export const TENDERMINT = 1;
export const SMT = 2;

const SHA256 = 1;
const VAR_PROTO = 1;

export function varint(n) {
  let v = BigInt(n);
  const out = [];
  for (; v >= 128n; v >>= 7n) out.push(Number(v & 127n) | 128);
  return Uint8Array.from([...out, Number(v)]);
}

export const zigzag = (n) => varint(BigInt(n) >= 0n ? BigInt(n) * 2n : -BigInt(n) * 2n - 1n);

const sized = (bytes) => join(varint(bytes.length), bytes);

function leafOf(prefix, kind) {
  return { hash: SHA256, prehashKey: kind === SMT ? SHA256 : 0, prehashValue: SHA256,
    length: kind === SMT ? 0 : VAR_PROTO, prefix };
}

function leafHash(kind, prefix, key, value) {
  return kind === SMT ? sha256(join(prefix, sha256(key), sha256(value)))
    : sha256(join(prefix, sized(key), sized(sha256(value))));
}

/** Joins two subtrees: each is {hash, height, size, proofs: [{key, value, leaf, path}]}. */
function joined(left, right, front, between) {
  const step = (prefix, suffix) => ({ hash: SHA256, prefix, suffix });
  const add = (proofs, op) => proofs.map((p) => ({ ...p, path: [...p.path, op] }));
  return {
    hash: sha256(join(front, between, left.hash, between, right.hash)),
    height: Math.max(left.height, right.height) + 1,
    size: left.size + right.size,
    proofs: [
      ...add(left.proofs, step(join(front, between), join(between, right.hash))),
      ...add(right.proofs, step(join(front, between, left.hash, between), new Uint8Array(0))),
    ],
  };
}

function leaf(kind, draw, key, value) {
  const prefix = kind === IAVL ? join([0], zigzag(1), zigzag(draw.between(1, 300))) : Uint8Array.of(0);
  return { hash: leafHash(kind, prefix, key, value), height: 0, size: 1,
    proofs: [{ key, value, leaf: leafOf(prefix, kind), path: [] }] };
}

function split(kind, draw, n) {
  if (kind === TENDERMINT) return 2 ** Math.ceil(Math.log2(n) - 1);
  return n === 2 ? 1 : Math.floor(n / 2) + draw.below(2);
}

function ordered(kind, draw, list) {
  if (list.length === 1) return leaf(kind, draw, list[0].key, list[0].value);
  const at = split(kind, draw, list.length);
  const left = ordered(kind, draw, list.slice(0, at));
  const right = ordered(kind, draw, list.slice(at));
  if (kind === TENDERMINT) return joined(left, right, Uint8Array.of(1), new Uint8Array(0));
  const height = Math.max(left.height, right.height) + 1;
  const front = join(zigzag(height), zigzag(left.size + right.size), zigzag(draw.between(1, 300)));
  return joined(left, right, front, Uint8Array.of(32));
}

const bit = (path, i) => (path[i >> 3] >> (7 - (i & 7))) & 1;
const nothing = { hash: new Uint8Array(32), height: 0, size: 0, proofs: [] };

function sparse(draw, list, depth = 0) {
  if (list.length === 0) return nothing;
  if (list.length === 1) return leaf(SMT, draw, list[0].key, list[0].value);
  const side = (b) => list.filter((e) => bit(e.path, depth) === b);
  return joined(sparse(draw, side(0), depth + 1), sparse(draw, side(1), depth + 1),
    Uint8Array.of(1), new Uint8Array(0));
}

/** A tree of n entries: {kind, root, proofs in the tree's order}. */
export function grow(kind, draw, n) {
  const found = new Map();
  while (found.size < n) {
    const key = draw.chance(50) ? big(BigInt(draw.between(1, 9999)), 2) : draw.bytes(draw.between(1, 20));
    found.set(Buffer.from(key).toString('hex'),
      { key, path: sha256(key), value: draw.bytes(draw.between(1, 40)) });
  }
  const field = kind === SMT ? 'path' : 'key';
  const list = [...found.values()].sort((a, b) => Buffer.compare(a[field], b[field]));
  const tree = kind === SMT ? sparse(draw, list) : ordered(kind, draw, list);
  return { kind, root: tree.hash, proofs: tree.proofs };
}
