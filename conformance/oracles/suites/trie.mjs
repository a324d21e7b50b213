// Merkle-Patricia tries: roots and proofs that we build, proofs that we check, and proofs whose nodes
// are changed with every hash above them made anew, so that only a node's form can speak against it.

import { decode, encode } from '@ethereumjs/rlp';
import { Trie } from '@ethereumjs/trie';
import { keccak_256 } from '@noble/hashes/sha3';
import { attempt, join, request, same, toHex, word } from '../draw.mjs';

const EMBED_BELOW = 32;

function entries(draw) {
  const size = draw.pick([1, 2, 2, 3, 4, 32]);
  const spread = draw.pick([2, 4, 16, 256]);
  const out = new Map();
  const fresh = () => Uint8Array.from({ length: size }, (_, i) =>
    (i < size - 3 ? 7 : draw.below(spread) * (256 / spread)));
  for (let i = draw.between(1, draw.chance(20) ? 60 : 12); i > 0; i--) {
    const key = draw.chance(20) && size > 1 ? fresh().slice(0, draw.between(1, size)) : fresh();
    out.set(toHex(key), { key, value: draw.bytes(draw.pick([1, 2, 5, 20, 32, 33, 80])) });
  }
  return { fresh, list: [...out.values()].sort((a, b) => Buffer.compare(a.key, b.key)) };
}

async function build(list) {
  const trie = new Trie();
  for (const { key, value } of list) await trie.put(key, value);
  return trie;
}

/** What goes over the wire: the nodes that are not embedded in the one above. */
const separate = (nodes) => nodes.filter((n, i) => i === 0 || n.length >= EMBED_BELOW);

const verifier = new Trie();

async function verdict(root, key, proof) {
  try {
    const value = await verifier.verifyProof(root, key, proof);
    return value === null ? 'absent' : `present ${word(value)}`;
  } catch {
    return null;
  }
}

/** Puts node i and makes the hashes of those above it anew. Returns the proof and its root. */
function rehash(proof, i, node) {
  const out = [...proof];
  for (let at = i; at >= 0; at--) {
    const before = keccak_256(out[at]);
    out[at] = node;
    if (at === 0) break;
    const above = Buffer.from(out[at - 1]);
    const where = above.indexOf(Buffer.from(before));
    if (where < 0) return null;
    node = Uint8Array.from(above);
    node.set(keccak_256(out[at]), where);
  }
  return { proof: out, root: keccak_256(out[0]) };
}

/** Forms of a node that no trie has, or that another trie would have. */
const deformations = {
  'branch: a child gone': (draw, n) => n.length === 17 && setAt(n, full(draw, n), new Uint8Array(0)),
  'branch: one child left': (draw, n) => n.length === 17 &&
    n.map((c, i) => (i === full(draw, n) ? c : new Uint8Array(0))),
  'branch: a child of odd size': (draw, n) => n.length === 17 &&
    setAt(n, draw.below(16), draw.bytes(draw.pick([1, 20, 31, 33]))),
  'branch: a hash more': (draw, n) => n.length === 17 && setAt(n, draw.below(16), draw.bytes(32)),
  'branch: a large list for a child': (draw, n) => n.length === 17 &&
    setAt(n, draw.below(16), [Uint8Array.of(0x20), draw.bytes(draw.pick([28, 40]))]),
  'branch: a small list for a child': (draw, n) => n.length === 17 &&
    setAt(n, draw.below(16), [Uint8Array.of(0x3a), draw.bytes(3)]),
  'branch: a value': (draw, n) => n.length === 17 && setAt(n, 16, draw.bytes(4)),
  'branch: a list for a value': (draw, n) => n.length === 17 && setAt(n, 16, [draw.bytes(1)]),
  'branch: an item more': (draw, n) => n.length === 17 && [...n, draw.bytes(1)],
  'branch: an item less': (draw, n) => n.length === 17 && n.slice(1),
  'short: another flag': (draw, n) => n.length === 2 &&
    [Uint8Array.from(n[0], (b, i) => (i === 0 ? b ^ (16 << draw.below(4)) : b)), n[1]],
  'short: padding': (draw, n) => n.length === 2 && (n[0][0] & 16) === 0 &&
    [Uint8Array.from(n[0], (b, i) => (i === 0 ? b | draw.between(1, 15) : b)), n[1]],
  'short: no path': (draw, n) => n.length === 2 && [new Uint8Array(0), n[1]],
  'short: path of nothing': (draw, n) => n.length === 2 && [Uint8Array.of(draw.pick([0, 0x20])), n[1]],
  'short: a longer path': (draw, n) => n.length === 2 && [join(n[0], draw.bytes(1)), n[1]],
  'short: no value': (draw, n) => n.length === 2 && [n[0], new Uint8Array(0)],
  'short: a list for a value': (draw, n) => n.length === 2 && [n[0], [draw.bytes(1), draw.bytes(2)]],
  'short: a value of a hash\'s size': (draw, n) => n.length === 2 && [n[0], draw.bytes(32)],
  'short: three items': (draw, n) => n.length === 2 && [...n, draw.bytes(1)],
};

const setAt = (list, at, item) => list.map((c, i) => (i === at ? item : c));
const full = (draw, n) => draw.pick(n.map((c, i) => i).filter((i) => i < 16 && n[i].length > 0));

function deformed(draw, proof) {
  const at = draw.below(proof.length);
  const node = decode(proof[at]);
  const names = Object.keys(deformations).filter((k) => k.startsWith(node.length === 17 ? 'b' : 's'));
  const label = draw.pick(names);
  const made = deformations[label](draw, node);
  const out = made && rehash(proof, at, encode(made));
  return out ? { label, ...out } : null;
}

/** A short node (leaf or extension) put between the proof's first node and a new root. */
function belowExtension(draw, c) {
  const nibble = draw.between(0, 15);
  const child = c.proof[0].length < EMBED_BELOW ? decode(c.proof[0]) : keccak_256(c.proof[0]);
  const root = encode([Uint8Array.of(0, nibble * 17), child]);
  const proof = c.proof[0].length < EMBED_BELOW ? [root, ...c.proof.slice(1)] : [root, ...c.proof];
  return { key: join([nibble * 17], c.key), proof, root: keccak_256(root) };
}

/** A node of less than 32 bytes by its hash, which should stand in its parent. */
function small(draw) {
  const leaf = encode([Uint8Array.of(0x20), draw.bytes(draw.between(1, 20))]);
  const node = Array.from({ length: 17 }, () => new Uint8Array(0));
  node[1] = [Uint8Array.of(0x32), draw.bytes(2)];
  const key = Uint8Array.of(0x25);
  const other = encode([Uint8Array.of(0x35), draw.bytes(draw.between(1, 20))]);
  node[2] = keccak_256(draw.chance(50) ? leaf : other);
  const root = encode(node);
  return { key, proof: [root, same(node[2], keccak_256(leaf)) ? leaf : other], root: keccak_256(root) };
}

const changes = {
  none: () => ({}),
  'other key': ({ draw, fresh }) => ({ key: fresh(draw) }),
  'shorter key': ({ key }) => ({ key: key.slice(0, key.length - 1) }),
  'longer key': ({ draw, key }) => ({ key: join(key, draw.bytes(1)) }),
  'key of 33 bytes': ({ draw }) => ({ key: draw.bytes(33) }),
  'a node changed': ({ draw, proof }) => {
    const at = draw.below(proof.length);
    return { proof: setAt(proof, at, draw.changed(proof[at])) };
  },
  'a node gone': ({ draw, proof }) => ({ proof: proof.filter((_, i) => i !== proof.length - 1 || draw.below(2)) }),
  'no node': () => ({ proof: [] }),
  'a node twice': ({ draw, proof }) => ({ proof: [...proof, draw.pick(proof)] }),
  'a node more': ({ draw, proof }) => ({ proof: [...proof, draw.bytes(40)] }),
  'nodes turned': ({ proof }) => ({ proof: [...proof].reverse() }),
  'other root': ({ draw }) => ({ root: draw.bytes(32) }),
  'root of zeros': () => ({ root: new Uint8Array(32) }),
  'root of the empty trie': () => ({ root: keccak_256(Uint8Array.of(0x80)) }),
  'the empty trie': () => ({ root: keccak_256(Uint8Array.of(0x80)), proof: [] }),
  'below an extension': (c) => belowExtension(c.draw, c),
  'a small node by its hash': ({ draw }) => small(draw),
};

function changed(base) {
  const { draw } = base;
  if (draw.chance(50)) {
    const out = deformed(draw, base.proof);
    if (out !== null) return { ...base, ...out };
  }
  const label = draw.pick(Object.keys(changes));
  return { ...base, ...changes[label](base), label };
}

async function check(base) {
  const item = changed(base);
  item.request = request('mpt', item.root, item.key, ...item.proof);
  item.want = await verdict(item.root, item.key, item.proof);
  // How many of the nodes their answer rests on.
  item.needed = item.proof.length;
  while (item.want !== null && item.needed > 0 &&
    (await verdict(item.root, item.key, item.proof.slice(0, item.needed - 1))) === item.want) item.needed--;
  return item;
}

async function some(draw) {
  const { fresh, list } = entries(draw);
  const trie = await build(list);
  const root = trie.root();
  const out = [];
  for (let i = 0; i < 4; i++) {
    const key = draw.chance(60) ? draw.pick(list).key : fresh();
    const proof = separate(await trie.createProof(key));
    const there = list.find((e) => same(e.key, key));
    out.push({ label: 'built', want: [root, ...proof].map(word).join(' '),
      request: request('trie', key, ...list.flatMap((e) => [e.key, e.value])) });
    out.push({ label: there ? 'member' : 'absent', key, root, proof,
      want: there ? `present ${word(there.value)}` : 'absent',
      request: request('mpt', root, key, ...proof) });
    for (let j = 0; j < 4; j++) out.push(await check({ draw, fresh, key, root, proof }));
  }
  return out;
}

// ---- the form of nodes as mpt.h has it; for rules.mjs ----

const isReference = (c) => (Array.isArray(c) ? encode(c).length < EMBED_BELOW : [0, 32].includes(c.length));

function formFits(node) {
  if (node.length === 17) {
    const used = node.filter((c) => c.length > 0).length;
    return used >= 2 && !Array.isArray(node[16]) && node.slice(0, 16).every(isReference);
  }
  if (node.length !== 2 || Array.isArray(node[0]) || node[0].length === 0) return false;
  const flag = node[0][0] >> 4;
  const empty = node[0].length === 1 && (flag & 1) === 0;
  if (flag > 3 || ((flag & 1) === 0 && (node[0][0] & 15) !== 0) || node[0].length > 33) return false;
  return flag >= 2 ? !Array.isArray(node[1]) && node[1].length > 0
    : !empty && node[1].length > 0 && isReference(node[1]);
}

const isExtension = (node) => node.length === 2 && node[0].length > 0 && node[0][0] >> 4 < 2;

/** Nodes embedded in each other, and an extension above what is no branch. */
export function chainFits({ proof, needed }) {
  const nodes = proof.slice(0, needed).map((p) => attempt(() => decode(p)));
  return nodes.every((n, i) => Array.isArray(n) && (i === 0 || proof[i].length >= EMBED_BELOW) && treeFits(n, nodes[i + 1]));
}

function treeFits(node, next) {
  if (!formFits(node)) return false;
  if (isExtension(node)) {
    const child = Array.isArray(node[1]) ? node[1] : next;
    if (child !== undefined && child.length !== 17) return false;
  }
  return node.filter(Array.isArray).every((c) => treeFits(c));
}

export async function trie({ draw, count, compare }) {
  const items = [];
  while (items.length < count) items.push(...(await some(draw)));
  compare(items);
}
