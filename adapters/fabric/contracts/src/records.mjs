// The records of the one event: docs/protocol/messages.md, section 2.
import { blob16, blob32, check, join, u16, u32, u64, u8 } from './bytes.mjs';

export const EVENT = 'Yuqiao';
export const STATUS = { OK: 1, ERROR: 2, CANCELLED: 3, REFUSED: 4 };
export const RECORDS_MAX = 256;
const SENT = 1;
const DONE = 2;
const STATE = 3;

/** What one call tells, in order. */
export class Told {
  constructor() { this.records = []; }

  add(kind, body) {
    check(this.records.length < RECORDS_MAX, 'E_LIMIT: records');
    this.records.push(join(u8(kind), blob32(body)));
  }

  sent(packet) { this.add(SENT, packet); }

  done(index, commitment, { status, code = 0, again = false, result = Buffer.alloc(0) }) {
    this.add(DONE, join(u64(index), commitment, u8(status), u32(code), u8(again ? 1 : 0), blob16(result)));
  }

  state(v, paused) {
    this.add(STATE, join(u64(v.epoch), v.setHash, u64(v.height), u8(paused ? 1 : 0)));
  }

  /** The event's data, empty when there is nothing to tell. */
  bytes() {
    return this.records.length === 0 ? Buffer.alloc(0) : join(u16(1), u16(this.records.length), ...this.records);
  }
}
