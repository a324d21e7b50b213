// Contract arguments: lists of uint64, address and bytes, and the one-bytes form of events.

import { AbiCoder } from 'ethers';
import { attempt, big, fromHex, join, request, same, toHex, word } from '../draw.mjs';

const coder = AbiCoder.defaultAbiCoder();
// uint256, since ethers cuts a uint64 to its size instead of looking at what is above.
const names = { u: 'uint256', a: 'address', d: 'bytes' };
const typesOf = (letters) => Array.from(letters, (c) => names[c]);

function value(draw, letter) {
  if (letter === 'u') return draw.pick([0n, 1n, (1n << 64n) - 1n, BigInt(draw.u32())]);
  if (letter === 'a') return draw.bytes(20);
  return draw.bytes(draw.pick([0, 1, 31, 32, 33, 64, draw.between(0, 200)]));
}

const wordOf = (letter, v) => (letter === 'u' ? big(v, 8) : v);

/** What ethers reads, as our words; null where it refuses. */
export function read(letters, bytes) {
  return attempt(() => Array.from(coder.decode(typesOf(letters), bytes), (v, i) => {
    if (letters[i] === 'u') return v;
    return fromHex(v);
  }));
}

export function canonical(letters, bytes) {
  const values = read(letters, bytes);
  return values !== null && same(encode(letters, values), bytes);
}

function encode(letters, values) {
  return fromHex(coder.encode(typesOf(letters),
    values.map((v) => (typeof v === 'bigint' ? v : '0x' + toHex(v)))));
}

/** A word of the encoding that becomes something else. */
function rewritten(draw, bytes) {
  const out = Uint8Array.from(bytes);
  const at = 32 * draw.below(Math.max(1, Math.floor(out.length / 32)));
  const values = [0n, 1n, 31n, 32n, 33n, 64n, 96n, 128n, BigInt(out.length), BigInt(out.length - 32),
    (1n << 64n) - 1n, 1n << 64n, (1n << 64n) + 64n, (1n << 256n) - 32n, 1n << 160n];
  out.set(big(draw.pick(values) & ((1n << 256n) - 1n)).slice(0, out.length - at), at);
  return out;
}

function one(draw) {
  const letters = Array.from({ length: draw.between(1, 5) }, () => draw.pick(['u', 'a', 'd'])).join('');
  const good = encode(letters, Array.from(letters, (c) => value(draw, c)));
  const kinds = {
    list: () => good,
    'list, changed': () => draw.changed(good),
    'list, a word rewritten': () => rewritten(draw, good),
    'list, a byte set': () => Uint8Array.from(good, (b, i) => b | (i === at ? 1 : 0)),
    'list, cut': () => good.slice(0, draw.below(good.length)),
  };
  const at = draw.below(good.length);
  const label = draw.pick(Object.keys(kinds));
  const bytes = kinds[label]();
  const values = read(letters, bytes);
  const want = values === null ? null
    : values.map((v, i) => (letters[i] === 'u' ? v.toString(16).padStart(16, '0') : word(v))).join(' ');
  return { label, letters, bytes, values, request: request('abi', Buffer.from(letters), bytes), want };
}

function written(draw) {
  const letters = Array.from({ length: draw.between(1, 6) }, () => draw.pick(['u', 'a', 'd'])).join('');
  const values = Array.from(letters, (c) => value(draw, c));
  return { label: 'written', want: toHex(encode(letters, values)), letters,
    request: request('abi-put', Buffer.from(letters), ...values.map((v, i) => wordOf(letters[i], v))) };
}

/** The strict form: exactly what encoding gives. */
function oneBytes(draw) {
  const good = encode('d', [value(draw, 'd')]);
  const kinds = {
    bytes: () => good,
    'bytes, changed': () => draw.changed(good),
    'bytes, a word rewritten': () => rewritten(draw, good),
    'bytes, a word behind': () => join(good, new Uint8Array(32)),
  };
  const label = draw.pick(Object.keys(kinds));
  const bytes = kinds[label]();
  const want = canonical('d', bytes) ? `${word(read('d', bytes)[0])} ${toHex(bytes)}` : null;
  return { label, request: request('abi-bytes', bytes), want };
}

export function abi({ draw, count, compare }) {
  compare(Array.from({ length: count }, () => {
    const kind = draw.below(10);
    return kind < 2 ? written(draw) : kind < 5 ? oneBytes(draw) : one(draw);
  }));
}
