// A hub of n validators with one outbox, which certifies and hands out.
import { ZERO, blob16, blob32, commitmentOf, packetBytes, str8, u16, u32, u64, u8, text } from './bytes.mjs';

export const HUB = 'henan-main';
export const CHAIN = 'city-410300';

const node = (hash, l, r) => hash(Buffer.concat([u8(1), l, r]));

/** Root and paths of the tree of RFC 9162's shape. */
export function treeOf(hash, leaves) {
  const levels = [leaves];
  while (levels.at(-1).length > 1) {
    const low = levels.at(-1);
    const high = [];
    for (let i = 0; i < low.length; i += 2) high.push(i + 1 < low.length ? node(hash, low[i], low[i + 1]) : low[i]);
    levels.push(high);
  }
  const path = (index) => levels.slice(0, -1).flatMap((level, k) => {
    const sibling = (index >> k) ^ 1;
    return sibling < level.length ? [level[sibling]] : [];
  });
  return { root: levels.at(-1)[0] ?? ZERO, path };
}

const flip = (b, on) => { const c = Buffer.from(b); if (on) c[c.length - 1] ^= 1; return c; };

export class Hub {
  constructor(suite, { n = 4, name = HUB, chain = CHAIN } = {}) {
    Object.assign(this, { suite, hash: suite.hash, n, name, chain, epoch: 1n, height: 10n, packets: [] });
    this.chainIdHash = Buffer.alloc(32, 0x5a);
    this.keys = this.keysOf(1n);
    this.nextSet = ZERO;
  }

  keysOf(epoch) {
    return Array.from({ length: this.n }, (_, i) => this.suite.key(`validator-${epoch}-${i}`))
      .sort((a, b) => Buffer.compare(a.public, b.public));
  }

  quorumOf(n) { return n - Math.floor((n - 1) / 3); }

  /** u64 epoch | u8 suite | u16 q | u16 n | n x str8 key */
  setOf(epoch = this.epoch, keys = this.keys, over = {}) {
    return Buffer.concat([
      u64(epoch), u8(over.suite ?? this.suite.suite), u16(over.quorum ?? this.quorumOf(keys.length)), u16(over.n ?? keys.length),
      ...keys.map((k) => str8(k.public)), over.tail ?? Buffer.alloc(0)]);
  }

  setHash(set = this.setOf()) { return this.hash(Buffer.concat([u8(3), this.chainIdHash, set])); }

  /** Names the set of the next epoch in the next certificate; begin() goes on to it. */
  endEpoch() {
    this.next = this.keysOf(this.epoch + 1n);
    this.nextSet = this.setHash(this.setOf(this.epoch + 1n, this.next));
    return this.setOf(this.epoch + 1n, this.next);
  }

  begin() {
    this.epoch += 1n;
    this.keys = this.next;
    this.nextSet = ZERO;
  }

  packet(over = {}) {
    return {
      kind: 1, order: 1, gradeMin: 1, hub: this.name, srcChain: 'city-410100', srcService: 'source', dstChain: this.chain,
      dstService: 'service', sequence: 1n, deadlineMs: 0n, sender: '', grant: ZERO, group: ZERO, payload: 'payload', ...over,
    };
  }

  append(over = {}) {
    const packet = this.packet(over);
    this.packets.push({ bytes: over.bytes ?? packetBytes(packet), commitment: commitmentOf(this.hash, packet), packet });
    return this.packets.length - 1;
  }

  leaf(i) { return this.hash(Buffer.concat([u8(0), u64(i), this.packets[i].commitment])); }

  exportLeaf(chain, size, root) { return this.hash(Buffer.concat([u8(0), str8(chain), u64(size), root])); }

  /** What every delivery of this state proves against. */
  trees() {
    const outbox = treeOf(this.hash, this.packets.map((_, i) => this.leaf(i)));
    const other = Buffer.alloc(32, 7);
    const exports = treeOf(this.hash, [
      this.exportLeaf('city-410100', 5n, other), this.exportLeaf(this.chain, this.packets.length, outbox.root),
      this.exportLeaf('city-410500', 9n, other)]);
    return { outbox, exports };
  }

  /** over: what a test says otherwise, or spoils. */
  certificate(exportRoot, over = {}) {
    const said = this.suite.said(this, {
      type: 4, chainIdHash: this.chainIdHash, epoch: this.epoch, view: 3n, height: this.height, h: Buffer.alloc(32, 1),
      resultRoot: Buffer.alloc(32, 2), exportRoot, nextSet: this.nextSet, timeMs: 1000n, ...over });
    const signers = over.signers ?? [0, 2, 3];
    const keys = over.keys ?? this.keys;
    let sigs = signers.map((i) => keys[i].sign(said.digest));
    if (over.sigs) sigs = over.sigs(sigs, said.digest);
    const bitmap = Buffer.alloc(4);
    for (const i of over.bitmap ?? signers) bitmap[i >> 3] |= 1 << (i & 7);
    return Buffer.concat([said.bytes, bitmap, ...sigs]);
  }

  /** A delivery of these indices of the outbox as it is. */
  delivery(indices, over = {}) {
    const { outbox, exports } = this.trees();
    const exportRoot = over.exportRoot ?? (this.packets.length ? exports.root : ZERO);
    const certificate = over.certificate ?? this.certificate(exportRoot, over);
    const some = indices.length > 0;
    const exportPath = some ? exports.path(1) : [];
    if (over.exportPath) exportPath[0] = flip(exportPath[0], true);
    return Buffer.concat([
      u16(over.version ?? 1), u8(over.deliverySuite ?? this.suite.suite), blob16(certificate), u64(over.size ?? (some ? this.packets.length : 0)),
      flip(over.outboxRoot ?? (some ? outbox.root : ZERO), over.spoilRoot), u16(over.exportN ?? (some ? 3 : 0)), u16(over.exportIdx ?? (some ? 1 : 0)),
      u8(exportPath.length + (over.longPath ? 1 : 0)), ...exportPath, over.longPath ? ZERO : Buffer.alloc(0), u16(over.n ?? indices.length),
      ...indices.map((i, k) => this.deliveryPacket(i, outbox, k === indices.length - 1 ? over : {})), over.tail ?? Buffer.alloc(0)]);
  }

  deliveryPacket(i, outbox, over) {
    let path = outbox.path(i);
    if (over.outboxPath) path[0] = flip(path[0], true);
    if (over.shortPath) path = path.slice(0, -1);
    if (over.extraNode) path = [...path, ZERO];
    const bytes = over.packetBytes ?? flip(this.packets[i].bytes, over.spoilPacket);
    return Buffer.concat([u64(over.index ?? i), u8(path.length), ...path, blob32(bytes)]);
  }
}

export { text, u32, blob32 };
