// RLP: trees and numbers, their encodings, and encodings that are changed or not the shortest.

import { decode, encode } from '@ethereumjs/rlp';
import { attempt, big, fromHex, join, request, same, toBig, toHex, word } from '../draw.mjs';

const DEPTH_MAX = 20;

function tree(draw, depth = 0) {
  if (depth === 0 ? draw.chance(70) : depth < DEPTH_MAX && draw.chance(30)) {
    return Array.from({ length: draw.between(0, draw.chance(5) ? 60 : 5) }, () => tree(draw, depth + 1));
  }
  const size = draw.chance(85) ? draw.between(0, 5) : draw.pick([54, 55, 56, 57, 255, 256, 300]);
  return draw.chance(15) ? Uint8Array.from([draw.pick([0, 1, 0x7f, 0x80])]) : draw.bytes(size);
}

function deep(draw) {
  let out = draw.bytes(draw.between(0, 3));
  for (let i = draw.between(1, 60); i > 0; i--) out = draw.chance(80) ? [out] : [draw.bytes(1), out];
  return out;
}

const text = (item) => (Array.isArray(item) ? `[${item.map(text).join(',')}]` : word(item));

/** Long forms, and lengths that the input does not have. */
function odd(draw) {
  const size = draw.pick([0, 1, 2, 54, 55, 56, 57, 100, 255, 256]);
  const base = draw.pick([0xb7, 0xf7]);
  const length = big(BigInt(Math.max(0, size + draw.pick([0, 0, 0, 1, -1]))), draw.between(1, 8));
  const content = base === 0xf7 && draw.chance(80) ? new Uint8Array(size).fill(draw.pick([0x80, 1, 0xc0]))
    : draw.bytes(size);
  const item = join([base + length.length], length, content);
  return draw.chance(50) ? item : wrap(item);
}

function wrap(content) {
  const n = content.length;
  return n < 56 ? join([0xc0 + n], content)
    : n < 256 ? join([0xf8, n], content) : join([0xf9], big(BigInt(n), 2), content);
}

function prefixed(draw) {
  const byte = [0x81, draw.between(0, 255)];
  return draw.chance(50) ? Uint8Array.from(byte) : wrap(byte);
}

function oneTree(draw) {
  const kinds = {
    tree: () => encode(tree(draw)),
    deep: () => encode(deep(draw)),
    'tree, changed': () => draw.changed(encode(tree(draw))),
    'tree, changed twice': () => draw.changed(draw.changed(encode(tree(draw)))),
    'length forms': () => odd(draw),
    'single byte with a prefix': () => prefixed(draw),
    'any bytes': () => draw.bytes(draw.between(0, 12)),
    'two items': () => join(encode(tree(draw)), encode(tree(draw))),
  };
  const label = draw.pick(Object.keys(kinds));
  const bytes = kinds[label]();
  const read = attempt(() => decode(bytes));
  const want = read === null ? null : `${text(read)} ${word(encode(read))}`;
  return { label, bytes, request: request('rlp', bytes), want };
}

/** The number of an encoding, where it is the encoding of that number. */
function numberOf(bytes) {
  const read = attempt(() => decode(bytes));
  if (read === null || Array.isArray(read)) return null;
  const value = toBig(read);
  return same(encode(value), bytes) ? value : null;
}

function oneNumber(draw) {
  const size = draw.between(0, draw.chance(50) ? 8 : 34);
  const value = draw.chance(80) ? toBig(draw.bytes(size)) : draw.pick([0n, 1n, 127n, 128n, (1n << 64n) - 1n, 1n << 64n]);
  const kinds = {
    number: () => encode(value),
    'number, changed': () => draw.changed(encode(value)),
    'leading zeros': () => encode(big(value, size + draw.between(0, 2))),
  };
  const label = draw.pick(Object.keys(kinds));
  const bytes = kinds[label]();
  const found = numberOf(bytes);
  const digits = found === null ? null : fromHex(found === 0n ? '' : found.toString(16).padStart(2 * Math.ceil(found.toString(16).length / 2), '0'));
  if (draw.chance(50)) {
    const want = digits === null || digits.length > 8 ? null : `${toHex(big(found, 8))} ${word(bytes)}`;
    return { label: `${label}, 64 bits`, bytes, request: request('rlp-uint', bytes), want };
  }
  const want = digits === null || digits.length > 32 ? null : `${word(digits)} ${word(bytes)}`;
  return { label: `${label}, 256 bits`, bytes, request: request('rlp-number', bytes), want };
}

export function rlp({ draw, count, compare }) {
  compare(Array.from({ length: count }, () => (draw.chance(80) ? oneTree(draw) : oneNumber(draw))));
}
