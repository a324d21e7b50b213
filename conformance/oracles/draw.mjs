// Seeded draws: the same suite, seed and count always give the same cases.

export class Draw {
  constructor(text) {
    let h = 1779033703 ^ text.length;
    this.s = new Uint32Array(4);
    for (let word = 0; word < 4; word++) {
      for (const c of text + word) {
        h = Math.imul(h ^ c.charCodeAt(0), 3432918353);
        h = (h << 13) | (h >>> 19);
      }
      this.s[word] = h;
    }
    for (let i = 0; i < 16; i++) this.u32();
  }

  u32() {
    const s = this.s;
    const t = (s[0] + s[1] + s[3]) >>> 0;
    s[3] = s[3] + 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + t;
    return t;
  }

  /** A number in [0, n). */
  below(n) {
    return Math.floor((this.u32() / 2 ** 32) * n);
  }

  between(lo, hi) {
    return lo + this.below(hi - lo + 1);
  }

  chance(percent) {
    return this.below(100) < percent;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  bytes(n) {
    const out = new Uint8Array(n);
    for (let i = 0; i < n; i++) out[i] = this.u32() >>> 24;
    return out;
  }

  /** A big number in [1, n - 1]. */
  scalar(n) {
    return (toBig(this.bytes(48)) % (n - 1n)) + 1n;
  }

  /** Bytes with one change: a bit, a byte, one more or less, cut, or grown. */
  changed(bytes) {
    const out = Uint8Array.from(bytes);
    const at = this.below(Math.max(1, out.length));
    switch (this.below(out.length === 0 ? 1 : 6)) {
      case 0:
        return join(out.slice(0, at), this.bytes(1), out.slice(at));
      case 1:
        return join(out.slice(0, at), out.slice(at + 1));
      case 2:
        return out.slice(0, at);
      case 3:
        return join(out, this.bytes(this.between(1, 3)));
      case 4:
        out[at] = this.u32() >>> 24;
        return out;
      default:
        out[at] ^= 1 << this.below(8);
        return out;
    }
  }
}

export const toHex = (bytes) => Buffer.from(bytes).toString('hex');
export const fromHex = (text) => Uint8Array.from(Buffer.from(text.replace(/^0x/, ''), 'hex'));
export const utf8 = (text) => Uint8Array.from(Buffer.from(text, 'utf8'));
export const toBig = (bytes) => (bytes.length === 0 ? 0n : BigInt('0x' + toHex(bytes)));
export const word = (bytes) => (bytes.length === 0 ? '-' : toHex(bytes));
export const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

export function join(...parts) {
  return Uint8Array.from(Buffer.concat(parts.map((p) => Buffer.from(p))));
}

/** A number as size big-endian bytes (cut where it does not fit). */
export function big(value, size = 32) {
  const text = (value & ((1n << BigInt(8 * size)) - 1n)).toString(16).padStart(2 * size, '0');
  return fromHex(text);
}

export function little(value, size = 32) {
  return big(value, size).reverse();
}

export function request(name, ...args) {
  return [name, ...args.map((a) => word(typeof a === 'number' ? [a] : a))].join(' ');
}

/** What f returns, or null where it throws: another implementation's way to refuse. */
export function attempt(f) {
  try {
    return f();
  } catch {
    return null;
  }
}
