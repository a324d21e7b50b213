// The differences that are meant. A difference that no rule names fails the run, and so does a rule that never
// matched. ours is the answer of yuqiao-oracle, item.want the other implementation's (null: it refuses).

import { keccak_256 } from '@noble/hashes/sha3';
import { same } from './draw.mjs';
import { holdsWithoutCofactor } from './suites/ed25519.mjs';
import { IAVL, SMT, TENDERMINT } from './suites/ics23_trees.mjs';
import { isAbsent, isBetweenHashes, isCanonical, partsOf, rootByDefinition } from './suites/ics23.mjs';
import { chainFits } from './suites/trie.mjs';

const EMPTY_TRIE = keccak_256(Uint8Array.of(0x80));

/** A rule for what only we may refuse, with this code (null: any). */
function loose(name, suites, code, why, test) {
  const fits = (ours) => (code === null ? ours.startsWith('E_') : ours === code);
  return { name, suites, why, applies: (item, ours) => item.want !== null && fits(ours) && test(item) };
}

/** A rule for what only we refuse, always: to take such a case fails the run, too. */
function stricter(name, suites, code, why, test) {
  return { ...loose(name, suites, code, why, test), forbids: (item) => item.want !== null && test(item) };
}

/** A rule for what only we take. */
function wider(name, suites, why, test) {
  return { name, suites, why, applies: (item, ours) => item.want === null && !ours.startsWith('E_') && test(item, ours) };
}

const wordAt = (bytes, at) => (at + 32n <= BigInt(bytes.length)
  ? BigInt('0x' + Buffer.from(bytes.slice(Number(at), Number(at) + 32)).toString('hex')) : 0n);

/** [offset, size] of each dynamic argument. */
function dynamics({ letters, bytes }) {
  return Array.from(letters, (c, i) => [c, wordAt(bytes, BigInt(32 * i))]).filter(([c]) => c === 'd')
    .map(([, offset]) => [offset, wordAt(bytes, offset)]);
}

function hasPadding({ bytes }, [offset, size]) {
  const end = Number(offset + 32n + size);
  const padded = Math.ceil(Number(size) / 32) * 32 - Number(size);
  return bytes.slice(end, end + padded).some((b) => b !== 0);
}

const ics = ['ics23', 'ics23-parts'];
const sizeOf = { [IAVL]: 33, [TENDERMINT]: 32, [SMT]: 32 };
const anyStep = (item, test) => partsOf(item).steps.some(test);

const isBesideNothing = ({ prefix, suffix }) =>
  [prefix.slice(1), suffix].some((b) => b.length === 32 && b.every((v) => v === 0));

/** Go's signed varints at the head of an IAVL prefix; null where there are not three. */
function iavlHead(prefix) {
  const out = [];
  let at = 0;
  for (let i = 0; i < 3; i++) {
    let [v, shift] = [0n, 0n];
    for (;;) {
      if (at >= prefix.length || shift > 63n) return null;
      v |= BigInt(prefix[at] & 127) << shift;
      shift += 7n;
      if (prefix[at++] < 128) break;
    }
    if (prefix[at - 1] === 0 && shift > 7n) return null;
    out.push(v & 1n ? -(v >> 1n) - 1n : v >> 1n);
  }
  return { height: out[0], size: out[1], version: out[2], left: prefix.length - at };
}

function iavlFits(exist) {
  const leaf = iavlHead(exist.leaf.prefix);
  if (!leaf || leaf.height !== 0n || leaf.size !== 1n || leaf.version < 0n || leaf.left !== 0) return false;
  return exist.path.every((step, i) => {
    const head = iavlHead(step.prefix);
    return head && head.height >= BigInt(i + 1) && head.size >= 0n && head.version >= 0n && [1, 34].includes(head.left);
  });
}

const tendermintFits = (exist) => exist.leaf.prefix.length === 1 &&
  exist.path.every((s) => s.prefix[0] === 1 && (s.suffix.length === 0 || s.prefix.length === 1));

export const rules = [
  stricter('ecdsa-compressed', ['ecdsa'], 'E_KEY_POINT',
    'Compressed keys are for secp256k1 only (types.h): no chain sends others raw.',
    (item) => item.alg !== 3 && item.key.length % 16 === 1),
  stricter('ed25519-no-cofactor', ['ed25519'], 'E_SIG',
    'We check S B = R + k A itself, as RFC 8032 permits and OpenSSL does; @noble/curves multiplies by 8 first and so ' +
    'takes keys and nonces with a part of small order. One verdict for all validators is what counts.',
    (item) => item.sig !== undefined && !holdsWithoutCofactor(item)),
  stricter('rlp-no-item', ['rlp'], 'E_TRUNCATED',
    '@ethereumjs/rlp reads no bytes at all as the empty string, whose encoding is 80.',
    (item) => item.bytes.length === 0),
  stricter('abi-64-bits', ['abi'], 'E_RANGE',
    'Our numbers are of 64 bits: a larger uint256 is refused, never cut.',
    (item) => Array.from(item.letters).some((c, i) => c === 'u' && item.values[i] >= 1n << 64n)),
  stricter('abi-offset', ['abi'], 'E_NONCANONICAL',
    'An encoder puts the tail of an argument at a multiple of 32; ethers follows any offset.',
    (item) => dynamics(item).some(([offset]) => offset % 32n !== 0n)),
  stricter('abi-padding', ['abi'], 'E_NONCANONICAL',
    'What fills the last word of bytes is zero; ethers does not look at it.',
    (item) => dynamics(item).some((d) => hasPadding(item, d))),
  loose('trie-unused-nodes', ['trie'], 'E_PROOF_TRAILING',
    '@ethereumjs/trie puts the nodes into a store and looks up what it needs; we refuse a proof with one more.',
    (item) => item.needed < item.proof.length),
  loose('trie-form', ['trie'], 'E_NONCANONICAL',
    'A node that no trie holds (mpt.h): @ethereumjs/trie reads nodes without looking at their form.',
    (item) => !chainFits(item)),
  loose('trie-value-type', ['trie'], 'E_TYPE',
    'A value is a string; @ethereumjs/trie gives a list as it is.',
    (item) => !chainFits(item)),
  loose('trie-reference-size', ['trie'], 'E_LIMIT',
    'A reference has 32 bytes at most; @ethereumjs/trie does not look at children off the path.',
    (item) => !chainFits(item)),
  stricter('trie-key-size', ['trie'], 'E_LEN',
    'Keys have 1 to 32 bytes (mpt.h).',
    (item) => item.key.length === 0 || item.key.length > 32),
  wider('trie-empty', ['trie'],
    'The empty trie has no node: its root alone proves that a key is absent. @ethereumjs/trie wants a node.',
    (item) => item.proof.length === 0 && same(item.root, EMPTY_TRIE)),
  loose('ics23-encoding', ics, null,
    'A proof has one encoding: protobuf with fields in order, once, none with its default. The package takes any.',
    (item) => !isCanonical(item)),
  stricter('ics23-batch', ['ics23'], 'E_PROOF_TYPE',
    'Batches are refused: no chain\'s own client sends one (ics23.h).',
    (item) => Boolean(partsOf(item).proof.batch || partsOf(item).proof.compressed)),
  loose('ics23-depth', ics, 'E_PROOF_DEPTH',
    'A path has 128 steps at most where the spec names no depth, as the reference has it since 2023.',
    (item) => partsOf(item).exists.some((e) => e.path.length > 128)),
  stricter('ics23-size', ics, 'E_LIMIT',
    'A prefix or a suffix has 128 bytes at most (ics23.h).',
    (item) => anyStep(item, (s) => Math.max(s.prefix.length, s.suffix.length) > 128)),
  stricter('ics23-suffix', ics, 'E_PROOF_NONCANONICAL',
    'A suffix is whole children: bytes in it that no tree has would move a leaf (the repair of 2022, later than the package).',
    (item) => item.kind !== null && anyStep(item, (s) => s.suffix.length % sizeOf[item.kind] !== 0)),
  stricter('ics23-leaf-prefix', ics, 'E_PROOF_NONCANONICAL',
    'No step begins as a leaf does; the package overlooks a prefix that is nothing but the leaf\'s.',
    (item) => item.kind !== null && anyStep(item, (s) => s.prefix.length === 1 && s.prefix[0] === 0)),
  stricter('ics23-iavl', ics, 'E_PROOF_NONCANONICAL',
    'IAVL prefixes are height, size and version, heights grow, and behind them stands what a node has (the same repair).',
    (item) => item.kind === IAVL && partsOf(item).exists.some((e) => !iavlFits(e))),
  stricter('ics23-tendermint', ics, 'E_PROOF_NONCANONICAL',
    'Tendermint prefixes are one byte and one child at most, on one side (the same repair).',
    (item) => item.kind === TENDERMINT && partsOf(item).exists.some((e) => !tendermintFits(e))),
  stricter('ics23-absence-key', ['ics23'], 'E_ABSENCE_PROOF',
    'An absence proof names the key that it is for; the package looks at the neighbours alone.',
    (item) => item.value === undefined && !same(partsOf(item).proof.nonexist.key, item.key)),
  wider('ics23-empty-child', ['ics23'],
    'In a sparse tree an empty subtree beside the path is no neighbour; the package is older than that. Where the tree ' +
    'was grown here, it must really lack the key.',
    (item) => item.kind === SMT && item.value === undefined && anyStep(item, isBesideNothing) && isBetweenHashes(item) &&
      (!same(item.root, item.tree.root) || isAbsent(item))),
  wider('ics23-operations', ['ics23-parts'],
    'The package lacks Keccak, BLAKE2 and three length forms; there the root by definition must be ours.',
    (item, ours) => item.kind === null && ours === rootByDefinition(item.bytes)),
];
