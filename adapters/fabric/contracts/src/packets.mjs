// Packets and the payloads that the hub makes: docs/protocol/messages.md, section 1.
import { Cursor, U64_MAX, blob16, check, join, str8, u16, u32, u64, u8 } from './bytes.mjs';

export const KIND = { CALL: 1, ACK: 2, CANCEL: 3, PREPARE: 4, COMMIT: 5, UNDO: 6, QUERY: 7, ANSWER: 8, HALT: 9, RESUME: 10 };
export const ORDERED = 2;
export const INDEX_NONE = U64_MAX;
export const CHAIN_MAX = 48;
export const SERVICE_MAX = 64;
export const PAYLOAD_MAX = 65536;
export const RESULT_MAX = 4096;
const SENDER_MAX = 64;
const TAG = Buffer.from('YUQIAO-PACKET-1');

/** A kind of a later version: what else it is made of is read as of a call. */
export const isUnknown = (kind) => kind < KIND.CALL || kind > KIND.RESUME;
export const isCall = (kind) => [KIND.CALL, KIND.PREPARE, KIND.QUERY, KIND.ANSWER].includes(kind);

export function readPacket(bytes) {
  const c = new Cursor(bytes);
  const p = { bytes };
  c.within(c.u16(), 1, 1, 'E_VERSION');
  p.kind = c.u8();
  p.order = c.within(c.u8(), 1, 2, 'E_FIELD_UNKNOWN: order');
  c.within(c.u8(), 0, 3, 'E_RANGE: grade_min');
  c.within(c.u8(), 0, 0, 'E_NONCANONICAL');
  p.hub = c.str8(CHAIN_MAX);
  p.srcChain = c.str8(CHAIN_MAX);
  p.srcService = c.blob16(SERVICE_MAX);
  p.dstChain = c.str8(CHAIN_MAX);
  p.dstService = c.blob16(SERVICE_MAX);
  p.sequence = c.within(c.u64(), 1n, U64_MAX, 'E_RANGE: sequence');
  p.deadlineMs = c.u64();
  p.sender = c.blob16(SENDER_MAX);
  p.grant = c.word();
  p.group = c.word();
  p.payload = c.blob32(PAYLOAD_MAX);
  c.end();
  if (p.kind === KIND.HALT || p.kind === KIND.RESUME) {
    check(p.srcService.length === 0 && p.dstService.length === 0, 'E_RANGE: service');
  }
  readPayload(p);
  return p;
}

/** Payloads that the hub makes have their layout, or the packet is none. */
function readPayload(p) {
  if (p.kind === KIND.ACK) p.ack = readAck(p.payload);
  if (p.kind === KIND.CANCEL) p.cancel = readCancel(p.payload);
  if (p.kind === KIND.COMMIT || p.kind === KIND.UNDO) p.decision = readDecision(p.payload);
  if (p.kind === KIND.HALT || p.kind === KIND.RESUME) check(p.payload.length === 8, 'E_LEN: height');
}

export function readAck(payload) {
  const c = new Cursor(payload);
  const a = { index: c.u64(), commitment: c.word() };
  a.status = c.within(c.u8(), 1, 4, 'E_FIELD_UNKNOWN: status');
  a.code = c.u32();
  a.forced = c.within(c.u8(), 0, 1, 'E_RANGE: forced') === 1;
  a.result = c.blob16(RESULT_MAX);
  c.end();
  return a;
}

/** The prepare that a commit or an undo decides. */
export function readDecision(payload) {
  check(payload.length === 40, 'E_LEN: decision');
  const c = new Cursor(payload);
  return { index: c.u64(), commitment: c.word() };
}

function readCancel(payload) {
  const c = new Cursor(payload);
  const x = { index: c.u64(), commitment: c.word() };
  x.kind = c.within(c.u8(), KIND.CALL, KIND.RESUME, 'E_FIELD_UNKNOWN: kind');
  x.order = c.within(c.u8(), 1, 2, 'E_FIELD_UNKNOWN: order');
  x.first = c.within(c.u64(), 1n, U64_MAX, 'E_RANGE: first');
  c.end();
  return x;
}

/** All fields up to and with the payload's length. */
export function packetHead(p) {
  return join(
    u16(1), u8(p.kind), u8(p.order), u8(p.gradeMin), u8(0), str8(p.hub), str8(p.srcChain), blob16(p.srcService), str8(p.dstChain),
    blob16(p.dstService), u64(p.sequence), u64(p.deadlineMs), blob16(p.sender), p.grant, p.group, u32(p.payload.length));
}

export function commitmentOfHead(hash, head, payload) {
  return hash(join(TAG, head, hash(payload)));
}

export function commitmentOf(hash, p) {
  return commitmentOfHead(hash, p.bytes.subarray(0, p.bytes.length - p.payload.length), p.payload);
}
