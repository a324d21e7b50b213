// Numbers packets of each lane from 1 without gaps, and keeps what it sent until the first acknowledgement.
import { U64_MAX, ZERO, blob16, check, isZero, join, str8 } from './bytes.mjs';
import { CHAIN_MAX, ORDERED, PAYLOAD_MAX, SERVICE_MAX, commitmentOfHead, isCall, packetHead } from './packets.mjs';

const SENT_A_PAGE = 32n;
const WORD = 32;

function checkSend(m) {
  check(isCall(m.kind), 'E_FIELD_UNKNOWN: kind');
  check(m.order === 1 || m.order === ORDERED, 'E_FIELD_UNKNOWN: order');
  check(Number.isInteger(m.gradeMin) && m.gradeMin >= 0 && m.gradeMin <= 3, 'E_RANGE: grade_min');
  check(m.dstChain.length > 0 && m.dstChain.length <= CHAIN_MAX, 'E_LIMIT: dst_chain');
  check(m.dstService.length <= SERVICE_MAX, 'E_LIMIT: dst_service');
  check(m.payload.length <= PAYLOAD_MAX, 'E_LIMIT: payload');
  check(m.deadlineMs >= 0n && m.deadlineMs <= U64_MAX, 'E_RANGE: deadline_ms');
  check(m.grant.length === WORD && m.group.length === WORD, 'E_LEN: grant, group');
}

export class Outbox {
  constructor(store, hash, config) { Object.assign(this, { store, hash, config }); }

  id(ours, dstChain, dstService) {
    return this.hash(join(blob16(ours), str8(dstChain), dstService)).toString('hex');
  }

  async lastOf(id) {
    const lane = await this.store.json(`out/${id}`);
    return { last: BigInt(lane?.last ?? 0), order: lane?.order ?? 0 };
  }

  place(id, sequence) {
    return { key: `sent/${id}/${sequence / SENT_A_PAGE}`, at: Number(sequence % SENT_A_PAGE) * WORD };
  }

  /** The commitment of a packet that is not acknowledged, else zero. */
  async sent(id, sequence) {
    const { key, at } = this.place(id, sequence);
    const page = await this.store.get(key);
    return page === null ? ZERO : page.subarray(at, at + WORD);
  }

  async keep(id, sequence, commitment) {
    const { key, at } = this.place(id, sequence);
    const page = Buffer.from((await this.store.get(key)) ?? Buffer.alloc(Number(SENT_A_PAGE) * WORD));
    commitment.copy(page, at);
    this.store.put(key, page);
  }

  /** Out: the packet's number and bytes. In: m as of a service, with its name and sender. */
  async send(m) {
    checkSend(m);
    const id = this.id(m.service, m.dstChain, m.dstService);
    const { last, order } = await this.lastOf(id);
    check(last === 0n || order === m.order, 'E_LANE_ORDER');
    check(last < U64_MAX, 'E_OVERFLOW');
    const sequence = last + 1n;
    const head = packetHead({ ...m, sequence, hub: this.config.hub, srcChain: this.config.chain, srcService: m.service });
    this.store.putJson(`out/${id}`, { last: sequence.toString(), order: m.order });
    await this.keep(id, sequence, commitmentOfHead(this.hash, head, m.payload));
    return { sequence, bytes: join(head, m.payload) };
  }

  /** An acknowledgement has both ends exchanged. */
  idOfAck(p) { return this.id(p.dstService, p.srcChain, p.srcService); }

  async isOpen(p) {
    const commitment = p.ack.commitment;
    return !isZero(commitment) && (await this.sent(this.idOfAck(p), p.sequence)).equals(commitment);
  }

  close(p) { return this.keep(this.idOfAck(p), p.sequence, ZERO); }
}
