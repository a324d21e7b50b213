// What an inbox keeps: the outcome of each index, spent numbers of ordered lanes, halted chains. A light client of the
// hub follows each key, so outcomes and numbers share keys by pages.
import { blob16, join, u32, u8 } from './bytes.mjs';

const OUTCOMES_A_PAGE = 256n;
const OUTCOME_SIZE = 5; // u8 status | u32 code
const NUMBERS_A_PAGE = 2048n;

export class Outcomes {
  constructor(store) { this.store = store; }

  place(index) {
    return { key: `outcome/${index / OUTCOMES_A_PAGE}`, at: Number(index % OUTCOMES_A_PAGE) * OUTCOME_SIZE };
  }

  /** status 0: not spent. */
  async get(index) {
    const { key, at } = this.place(index);
    const page = await this.store.get(key);
    return page === null ? { status: 0, code: 0 } : { status: page[at], code: page.readUInt32BE(at + 1) };
  }

  async mark(index, status, code) {
    const { key, at } = this.place(index);
    const page = Buffer.from((await this.store.get(key)) ?? Buffer.alloc(Number(OUTCOMES_A_PAGE) * OUTCOME_SIZE));
    join(u8(status), u32(code)).copy(page, at);
    this.store.put(key, page);
  }
}

/** An ordered lane into this chain: all numbers up to low are spent, and those above it whose bit is set. */
export class Lane {
  constructor(store, hash, { srcChain, srcService, dstService }) {
    this.store = store;
    this.key = `lane/${hash(join(blob16(srcChain), blob16(srcService), dstService)).toString('hex')}`;
  }

  place(number) {
    const bit = Number(number % NUMBERS_A_PAGE);
    return { key: `${this.key}/${number / NUMBERS_A_PAGE}`, at: bit >> 3, mask: 1 << (bit & 7) };
  }

  async low() {
    const value = await this.store.get(this.key);
    return value === null ? 0n : value.readBigUInt64BE();
  }

  setLow(low) {
    const value = Buffer.alloc(8);
    value.writeBigUInt64BE(low);
    this.store.put(this.key, value);
  }

  async isAbove(number) {
    const { key, at, mask } = this.place(number);
    const page = await this.store.get(key);
    return page !== null && (page[at] & mask) !== 0;
  }

  /** The lowest number that is not spent. */
  async next() { return (await this.low()) + 1n; }

  /** Moves on over what was spent out of order. */
  async settle(low) {
    let to = low;
    while (await this.isAbove(to + 1n)) to++;
    this.setLow(to);
  }

  async spend(number) {
    const low = await this.low();
    if (number === low + 1n) {
      await this.settle(number);
    } else if (number > low) {
      const { key, at, mask } = this.place(number);
      const page = Buffer.from((await this.store.get(key)) ?? Buffer.alloc(Number(NUMBERS_A_PAGE) / 8));
      page[at] |= mask;
      this.store.put(key, page);
    }
  }

  /** Spends first .. last, where first is the lowest number that is not spent. */
  async spendFrom(first, last) {
    if (first < last && (await this.next()) === first) await this.settle(last);
  }
}

export class Halts {
  constructor(store) { this.store = store; }

  key(chain) { return `halt/${chain.toString('hex')}`; }

  async isHalted(chain) { return (await this.store.json(this.key(chain)))?.halted ?? false; }

  /** Only what is newer than the newest seen counts. */
  async set(chain, sequence, halted) {
    const known = BigInt((await this.store.json(this.key(chain)))?.sequence ?? 0);
    if (sequence > known) this.store.putJson(this.key(chain), { sequence: sequence.toString(), halted });
  }
}
