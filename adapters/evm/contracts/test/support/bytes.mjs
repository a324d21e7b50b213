// Layouts of docs/protocol/messages.md, written for the tests alone.

export const u8 = (v) => Buffer.from([Number(v)]);
export const u16 = (v) => { const b = Buffer.alloc(2); b.writeUInt16BE(Number(v)); return b; };
export const u32 = (v) => { const b = Buffer.alloc(4); b.writeUInt32BE(Number(v)); return b; };
export const u64 = (v) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(v)); return b; };
export const text = (v) => (typeof v === 'string' ? Buffer.from(v) : Buffer.from(v ?? []));
export const str8 = (v) => Buffer.concat([u8(text(v).length), text(v)]);
export const blob16 = (v) => Buffer.concat([u16(text(v).length), text(v)]);
export const blob32 = (v) => Buffer.concat([u32(text(v).length), text(v)]);
export const ZERO = Buffer.alloc(32);
export const NONE = (1n << 64n) - 1n;
export const hex = (b) => '0x' + Buffer.from(b).toString('hex');

export function packetHead(p) {
  return Buffer.concat([
    u16(p.version ?? 1), u8(p.kind), u8(p.order), u8(p.gradeMin), u8(p.reserved ?? 0), str8(p.hub), str8(p.srcChain),
    blob16(p.srcService), str8(p.dstChain), blob16(p.dstService), u64(p.sequence), u64(p.deadlineMs), blob16(p.sender),
    p.grant, p.group, u32(text(p.payload).length),
  ]);
}

export const packetBytes = (p) => Buffer.concat([packetHead(p), text(p.payload)]);

export function commitmentOf(hash, p) {
  return hash(Buffer.concat([Buffer.from('YUQIAO-PACKET-1'), packetHead(p), hash(text(p.payload))]));
}

export const ackPayload = (a) => Buffer.concat([
  u64(a.index ?? 0), a.commitment, u8(a.status ?? 1), u32(a.code ?? 0), u8(a.forced ?? 0), blob16(a.result)]);
export const cancelPayload = (c) => Buffer.concat([
  u64(c.index), c.commitment ?? ZERO, u8(c.kind ?? 1), u8(c.order ?? 1), u64(c.first)]);
export const decisionPayload = (d) => Buffer.concat([u64(d.index ?? 0), d.commitment ?? ZERO]);

class Cursor {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }
  take(n) {
    if (this.at + n > this.bytes.length) throw new Error('truncated');
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }
  number(n) { return BigInt('0x' + this.take(n).toString('hex')); }
  blob(n) { return this.take(Number(this.number(n))); }
  end() { if (this.at !== this.bytes.length) throw new Error('trailing bytes'); }
}

function decodeDone(body) {
  const c = new Cursor(body);
  const done = {
    kind: 'DONE', index: c.number(8), commitment: c.take(32), status: Number(c.number(1)), code: Number(c.number(4)),
    again: Number(c.number(1)), result: c.blob(2),
  };
  c.end();
  return done;
}

function decodeState(body) {
  const c = new Cursor(body);
  const state = { kind: 'STATE', epoch: c.number(8), setHash: c.take(32), height: c.number(8), paused: Number(c.number(1)) };
  c.end();
  return state;
}

function decodePacket(body) {
  const c = new Cursor(body);
  if (c.number(2) !== 1n) throw new Error('packet version');
  const packet = { kind: 'SENT', packetKind: Number(c.number(1)), order: Number(c.number(1)), gradeMin: Number(c.number(1)), reserved: Number(c.number(1)) };
  for (const [name, prefix] of [['hub', 1], ['srcChain', 1], ['srcService', 2], ['dstChain', 1], ['dstService', 2]]) {
    packet[name] = c.blob(prefix).toString();
  }
  packet.sequence = c.number(8);
  packet.deadlineMs = c.number(8);
  packet.sender = c.blob(2);
  packet.grant = c.take(32);
  packet.group = c.take(32);
  packet.payload = c.blob(4);
  c.end();
  return packet;
}

/** The records of one event. */
export function decodeRecords(data) {
  const c = new Cursor(data);
  if (c.number(2) !== 1n) throw new Error('records version');
  const n = Number(c.number(2));
  if (n < 1 || n > 256) throw new Error('n of records');
  const records = [];
  for (let i = 0; i < n; i++) {
    const kind = Number(c.number(1));
    records.push([null, decodePacket, decodeDone, decodeState][kind](c.blob(4)));
  }
  c.end();
  return records;
}
