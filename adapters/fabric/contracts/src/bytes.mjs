// Big-endian layouts of docs/protocol/messages.md: writing, and reading within bounds.

/** A refusal: its text begins with the code, and is what the caller is told. */
export class Refusal extends Error {}

export function check(ok, text) {
  if (!ok) throw new Refusal(text);
}

function numberBytes(value, size) {
  const b = Buffer.alloc(8);
  b.writeBigUInt64BE(BigInt(value));
  return b.subarray(8 - size);
}

export const u8 = (v) => numberBytes(v, 1);
export const u16 = (v) => numberBytes(v, 2);
export const u32 = (v) => numberBytes(v, 4);
export const u64 = (v) => numberBytes(v, 8);
export const join = (...parts) => Buffer.concat(parts);
export const str8 = (b) => join(u8(b.length), b);
export const blob16 = (b) => join(u16(b.length), b);
export const blob32 = (b) => join(u32(b.length), b);

export const ZERO = Buffer.alloc(32);
export const isZero = (b) => b.equals(ZERO);
export const U64_MAX = (1n << 64n) - 1n;

/** Reads fields one behind the other; what is not there is E_TRUNCATED. */
export class Cursor {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(size) {
    check(size <= this.bytes.length - this.at, 'E_TRUNCATED');
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  u8() { return this.take(1)[0]; }
  u16() { return this.take(2).readUInt16BE(); }
  u32() { return this.take(4).readUInt32BE(); }
  u64() { return this.take(8).readBigUInt64BE(); }
  word() { return this.take(32); }

  within(value, low, high, text) {
    check(value >= low && value <= high, text);
    return value;
  }

  sized(size, max) {
    check(size <= max, 'E_LIMIT');
    return this.take(size);
  }

  str8(max) { return this.sized(this.u8(), max); }
  blob16(max) { return this.sized(this.u16(), max); }
  blob32(max) { return this.sized(this.u32(), max); }

  end() { check(this.at === this.bytes.length, 'E_TRAILING'); }
}
