// ICS-23: membership and absence in three kinds of tree, with proofs that are changed before and after
// they are encoded and, in half of the cases, a root to which the changed proof really leads.

import { createRequire } from 'node:module';
import { blake2b } from '@noble/hashes/blake2b';
import { blake2s } from '@noble/hashes/blake2s';
import { ripemd160 } from '@noble/hashes/ripemd160';
import { sha256 } from '@noble/hashes/sha256';
import { keccak_256 } from '@noble/hashes/sha3';
import { sha512, sha512_256 } from '@noble/hashes/sha512';
import { attempt, big, join, request, same, toHex } from '../draw.mjs';
import { IAVL, SMT, TENDERMINT, grow, varint, zigzag } from './ics23_trees.mjs';

const load = createRequire(import.meta.url);
const { calculateExistenceRoot, ics23: codec, iavlSpec, tendermintSpec, verifyMembership,
  verifyNonMembership } = load('@confio/ics23');
const { ensureSpec, smtSpec } = load('@confio/ics23/build/proofs.js');

// The package's own SMT spec is of a time when keys were not hashed: the published one hashes them.
const hashedSmt = { ...smtSpec, leafSpec: { ...smtSpec.leafSpec, prehashKey: 1 } };
const specs = [iavlSpec, tendermintSpec, hashedSmt];

const { CommitmentProof } = codec;

/** Without the fields that proto3 leaves out, which the package's encoder would write. */
function clean(value) {
  if (value instanceof Uint8Array || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(clean);
  const isEmpty = (v) => v === undefined || v === 0 || ((Array.isArray(v) || v instanceof Uint8Array) && v.length === 0);
  const kept = Object.entries(value).filter(([, v]) => !isEmpty(v));
  return Object.fromEntries(kept.map(([k, v]) => [k, clean(v)]));
}

const write = (proof) => Uint8Array.from(CommitmentProof.encode(proof).finish());
const encodeProof = (proof) => write(CommitmentProof.fromObject(clean(proof)));
const decodeProof = (bytes) => CommitmentProof.decode(bytes);
const rootOf = (exist) => attempt(() => calculateExistenceRoot(decodeProof(encodeProof({ exist })).exist));

const without = (list, at) => list.filter((_, i) => i !== at);
const withStep = (p, at, change) => ({ ...p, path: p.path.map((s, i) => (i === at ? { ...s, ...change(s) } : s)) });

/** Changes of a membership proof p; at is a step of its path. */
const changes = {
  none: (d, p) => p,
  'other value': (d, p) => ({ ...p, value: d.bytes(5) }),
  'no value': (d, p) => ({ ...p, value: new Uint8Array(0) }),
  'other key': (d, p) => ({ ...p, key: d.bytes(4) }),
  'no key': (d, p) => ({ ...p, key: new Uint8Array(0) }),
  'no leaf': (d, p) => ({ ...p, leaf: undefined }),
  'other leaf hash': (d, p) => ({ ...p, leaf: { ...p.leaf, hash: d.pick([0, 2, 3, 4, 5, 6]) } }),
  'other key hash': (d, p) => ({ ...p, leaf: { ...p.leaf, prehashKey: 1 - p.leaf.prehashKey } }),
  'other value hash': (d, p) => ({ ...p, leaf: { ...p.leaf, prehashValue: d.pick([0, 2]) } }),
  'other length': (d, p) => ({ ...p, leaf: { ...p.leaf, length: d.pick([0, 1, 4, 7, 8]) } }),
  'other leaf prefix': (d, p) => ({ ...p, leaf: { ...p.leaf, prefix: d.changed(p.leaf.prefix) } }),
  'longer leaf prefix': (d, p) => ({ ...p, leaf: { ...p.leaf, prefix: join(p.leaf.prefix, d.bytes(2)) } }),
  'value in the prefix': (d, p) => ({ ...p, key: p.key.slice(1),
    leaf: { ...p.leaf, prefix: join(p.leaf.prefix, varint(p.key.length), p.key.slice(0, 1)) } }),
  'step gone': (d, p, at) => ({ ...p, path: without(p.path, at) }),
  'step twice': (d, p, at) => ({ ...p, path: [...p.path, p.path[at]] }),
  'steps turned': (d, p) => ({ ...p, path: [...p.path].reverse() }),
  'steps without end': (d, p, at) => ({ ...p, path: Array(d.pick([127, 128, 129, 140, 256, 257])).fill(p.path[at]) }),
  'other step hash': (d, p, at) => withStep(p, at, () => ({ hash: d.pick([0, 2, 6]) })),
  'step prefix changed': (d, p, at) => withStep(p, at, (s) => ({ prefix: d.changed(s.prefix) })),
  'step prefix of a leaf': (d, p, at) => withStep(p, at, (s) => ({ prefix: join([0], s.prefix.slice(1)) })),
  'step prefix is the leaf\'s': (d, p, at) => withStep(p, at, () => ({ prefix: Uint8Array.of(0) })),
  'step prefix longer': (d, p, at) => withStep(p, at, (s) => ({ prefix: join(s.prefix, d.bytes(d.pick([1, 8, 32, 33, 100]))) })),
  'step prefix cut': (d, p, at) => withStep(p, at, (s) => ({ prefix: s.prefix.slice(0, d.below(s.prefix.length)) })),
  'suffix changed': (d, p, at) => withStep(p, at, (s) => ({ suffix: d.changed(s.suffix) })),
  'suffix longer': (d, p, at) => withStep(p, at, (s) => ({ suffix: join(s.suffix, d.bytes(d.pick([1, 7, 32, 33, 64, 66, 128, 132]))) })),
  'suffix moved to the prefix': (d, p, at) => withStep(p, at, (s) => ({ prefix: join(s.prefix, s.suffix), suffix: new Uint8Array(0) })),
  'prefix moved to the suffix': (d, p, at) => withStep(p, at, (s) => ({ prefix: s.prefix.slice(0, 1), suffix: join(s.prefix.slice(1), s.suffix) })),
  'empty child': (d, p, at) => withStep(p, at, (s) => ({ suffix: new Uint8Array(s.suffix.length) })),
  'heights': (d, p, at) => withStep(p, at, (s) => ({
    prefix: join(zigzag(d.pick([-1, 0, 1, 2, 90])), zigzag(d.pick([-1, 1, 2])), zigzag(d.pick([-1, 0, 7])),
      d.pick([[32], [33], s.prefix.slice(3), new Uint8Array(34).fill(32)])) })),
};

function changed(draw, p) {
  const labels = Object.keys(changes).filter((k) => p.path.length > 0 || !/step|suffix|prefix m|child|heights/.test(k));
  const label = draw.chance(15) ? 'none' : draw.pick(labels);
  return { label, p: changes[label](draw, p, draw.below(Math.max(1, p.path.length))) };
}

/** The package compares keys as they stand; a sparse tree is in the order of their hashes. So it gets the hashes as
 *  keys, and its own spec, which does not hash them again: the leaves are the same bytes. */
function absentByHashes(proof, root, key) {
  const leafOf = ({ hash, prehashKey, prehashValue, length, prefix }) =>
    ({ hash, prehashKey: prehashKey === 1 ? 0 : 9, prehashValue, length, prefix });
  const hashed = ({ key: k, value, leaf, path }) =>
    ({ key: k.length > 0 ? sha256(k) : k, value, leaf: leaf && leafOf(leaf), path });
  const { left, right } = proof.nonexist;
  const own = { nonexist: { key, ...(left && { left: hashed(left) }), ...(right && { right: hashed(right) }) } };
  return verifyNonMembership(own, smtSpec, root, sha256(key));
}

function judged(item, kind, root, bytes, key, value) {
  const proof = attempt(() => decodeProof(bytes));
  const spec = specs[kind];
  const good = proof !== null && attempt(() => {
    if (value !== undefined) return verifyMembership(proof, spec, root, key, value);
    return kind === SMT ? absentByHashes(proof, root, key) : verifyNonMembership(proof, spec, root, key);
  });
  return { ...item, kind, root, bytes, key, value, want: good ? 'OK' : null,
    request: request('ics23', kind, root, bytes, key, ...(value === undefined ? [] : [value])) };
}

function encodedOrChanged(draw, proof, label) {
  const bytes = encodeProof(proof);
  if (!draw.chance(10)) return { label, bytes };
  return { label: `${label}, encoding changed`, bytes: draw.changed(bytes) };
}

function member(draw, tree) {
  const { label: what, p } = changed(draw, draw.pick(tree.proofs));
  const { label, bytes } = encodedOrChanged(draw, { exist: p }, what);
  const led = draw.chance(50) ? rootOf(p) : null;
  const wrong = draw.below(20);
  const root = wrong === 0 ? draw.bytes(32) : wrong === 1 ? new Uint8Array(32) : wrong === 2 ? new Uint8Array(0) : led ?? tree.root;
  const key = draw.chance(95) ? p.key : draw.bytes(3);
  const value = draw.chance(95) ? p.value : draw.bytes(3);
  const name = `${led === null ? 'member' : 'member, own root'}: ${label}`;
  return judged({ label: name }, tree.kind, root, bytes, key, value);
}

/** A key that the tree does not hold, for the proofs at i and i + 1 (or off by some). */
function gap(draw, tree, i) {
  const last = tree.proofs.length - 1;
  const near = i < 0 ? tree.proofs[0].key : i > last ? tree.proofs[last].key : tree.proofs[i].key;
  return draw.chance(50) ? join(near, [draw.below(256)]) : draw.bytes(draw.between(1, 8));
}

function absence(draw, tree) {
  const n = tree.proofs.length;
  const i = draw.between(-1, n - 1);
  const far = draw.chance(80) ? 1 : draw.between(-1, 3);
  let key = gap(draw, tree, i);
  let [left, right] = [tree.proofs[i], tree.proofs[i + far]];
  let label = far === 1 ? 'neighbours' : 'no neighbours';
  if (draw.chance(15)) [left, label] = [undefined, 'without the left'];
  if (draw.chance(15)) [right, label] = [undefined, 'without the right'];
  if (draw.chance(5)) [left, right, label] = [right, left, 'sides turned'];
  if (draw.chance(5)) [key, label] = [(left ?? right ?? tree.proofs[0]).key, 'a key that is there'];
  let { root } = tree;
  if (draw.chance(40) && (left || right)) {
    const side = left && (!right || draw.chance(50)) ? 'left' : 'right';
    const { label: what, p } = changed(draw, side === 'left' ? left : right);
    if (side === 'left') left = p;
    else right = p;
    label += `, ${side} ${what}`;
    if (draw.chance(50) && !(left && right)) root = rootOf(p) ?? root;
  }
  return { key, root, label, nonexist: { key, left, right } };
}

/** An absence in the tree that is really one, where there is room between two leaves. */
function honest(draw, tree) {
  const order = (k) => (tree.kind === SMT ? sha256(k) : k);
  for (let i = 0; i < 20; i++) {
    const key = draw.chance(50) ? join(draw.pick(tree.proofs).key, [draw.below(256)]) : draw.bytes(draw.between(1, 8));
    const at = tree.proofs.filter((p) => Buffer.compare(order(p.key), order(key)) < 0).length;
    if (!tree.proofs.some((p) => same(p.key, key))) {
      return { key, root: tree.root, label: 'honest', nonexist: { key, left: tree.proofs[at - 1], right: tree.proofs[at] } };
    }
  }
  return absence(draw, tree);
}

function absent(draw, tree) {
  const made = draw.chance(35) ? honest(draw, tree) : absence(draw, tree);
  const nonexist = { ...made.nonexist };
  let { label } = made;
  if (draw.chance(5)) [nonexist.key, label] = [draw.pick([new Uint8Array(0), draw.bytes(4)]), `${label}, key of the proof`];
  if (draw.chance(50)) {
    for (const side of ['left', 'right']) if (nonexist[side] === undefined) delete nonexist[side];
  }
  const { label: name, bytes } = encodedOrChanged(draw, { nonexist }, label);
  const item = judged({ label: `absent: ${name}`, nonexist, tree }, tree.kind, made.root, bytes, made.key);
  return item;
}

function batch(draw, tree) {
  const p = draw.pick(tree.proofs);
  const bytes = encodeProof({ batch: { entries: [{ exist: p }] } });
  return judged({ label: 'batch' }, tree.kind, tree.root, bytes, p.key, p.value);
}

export function ics23({ draw, count, compare }) {
  const items = [];
  while (items.length < count) {
    const tree = grow(draw.pick([IAVL, TENDERMINT, SMT]), draw, draw.between(1, draw.chance(20) ? 40 : 9));
    for (let i = 0; i < 20; i++) {
      items.push(draw.chance(2) ? batch(draw, tree) : draw.chance(50) ? member(draw, tree) : absent(draw, tree));
    }
  }
  compare(items);
}

// ---- parts: any operations, and forms alone ----

const hashOf = { 1: sha256, 2: sha512, 3: keccak_256, 4: ripemd160, 5: (b) => ripemd160(sha256(b)), 6: sha512_256,
  7: (b) => blake2b(b, { dkLen: 64 }), 8: (b) => blake2s(b, { dkLen: 32 }) };

const lengthOf = {
  0: () => [],
  1: (n) => varint(n),
  3: (n) => big(BigInt(n), 4),
  4: (n) => big(BigInt(n), 4).reverse(),
  5: (n) => big(BigInt(n), 8),
  6: (n) => big(BigInt(n), 8).reverse(),
  7: (n) => (n === 32 ? [] : null),
  8: (n) => (n === 64 ? [] : null),
};

/** By the definition and the hashes of @noble/hashes, for operations that the package does not offer. */
export function rootByDefinition(bytes) {
  return attempt(() => {
    const p = decodeProof(bytes).exist;
    if (p.key.length === 0 || p.value.length === 0) return null;
    const part = (hash, bytes) => {
      const data = hash === 0 ? bytes : hashOf[hash](bytes);
      return join(lengthOf[p.leaf.length](data.length), data);
    };
    let out = hashOf[p.leaf.hash](join(p.leaf.prefix, part(p.leaf.prehashKey, p.key), part(p.leaf.prehashValue, p.value)));
    for (const step of p.path) out = hashOf[step.hash](join(step.prefix, out, step.suffix));
    return toHex(out);
  });
}

function anyRoot(draw) {
  const common = () => draw.pick([1, 1, 1, 2, 4, 5, 6]);
  const hash = () => (draw.chance(92) ? common() : draw.pick([0, 3, 7, 8, 9]));
  const length = draw.chance(80) ? draw.pick([0, 1, 1, 4]) : draw.pick([2, 3, 5, 6, 7, 8, 9]);
  const sizes = draw.pick([[1, 40], [32, 32], [64, 64], [100, 300], [0, 2]]);
  const p = {
    key: draw.bytes(draw.between(...sizes)), value: draw.bytes(draw.between(...sizes)),
    leaf: { hash: hash(), prehashKey: draw.chance(60) ? 0 : hash(), prehashValue: draw.chance(40) ? 0 : hash(), length, prefix: draw.bytes(draw.between(0, 5)) },
    path: Array.from({ length: draw.between(0, 4) }, () => ({ hash: hash(), prefix: draw.bytes(draw.between(0, 40)), suffix: draw.bytes(draw.between(0, 40)) })),
  };
  const bytes = encodeProof({ exist: p });
  const found = rootOf(p);
  return { label: `root, length ${length}`, kind: null, bytes, request: request('ics23-root', bytes), want: found && toHex(found) };
}

function form(draw, tree) {
  const { label, p } = changed(draw, draw.pick(tree.proofs));
  const bytes = encodeProof({ exist: p });
  const good = attempt(() => ensureSpec(decodeProof(bytes).exist, specs[tree.kind]) ?? true);
  return { label: `form: ${label}`, kind: tree.kind, p, bytes, request: request('ics23-form', tree.kind, bytes), want: good ? 'OK' : null };
}

export function ics23Parts({ draw, count, compare }) {
  const items = [];
  while (items.length < count) {
    const tree = grow(draw.pick([IAVL, TENDERMINT, SMT]), draw, draw.between(1, 9));
    for (let i = 0; i < 20; i++) items.push(draw.chance(50) ? anyRoot(draw) : form(draw, tree));
  }
  compare(items);
}

// ---- for rules.mjs ----

/** The decoded proof, its membership proofs, and all their steps. */
export function partsOf(item) {
  const proof = attempt(() => decodeProof(item.bytes));
  const exists = [proof?.exist, proof?.nonexist?.left, proof?.nonexist?.right].filter((e) => e?.leaf);
  return { proof, exists, steps: exists.flatMap((e) => e.path) };
}

export function isCanonical(item) {
  const { proof } = partsOf(item);
  return proof !== null && same(encodeProof(CommitmentProof.toObject(proof)), item.bytes);
}

/** Whether the key's hash lies between those of the proof's neighbours. */
export function isBetweenHashes(item) {
  const { left, right } = partsOf(item).proof.nonexist;
  const order = (a, b) => Buffer.compare(sha256(a), sha256(b));
  return (!left || order(left.key, item.key) < 0) && (!right || order(item.key, right.key) < 0);
}

/** Whether the tree that was grown here really does not hold the key. */
export const isAbsent = ({ tree, root, key }) =>
  same(root, tree.root) && !tree.proofs.some((p) => same(p.key, key));
