// What an adapter hands in: docs/protocol/messages.md, section 3.
import { Cursor, check, isZero, join, str8, u64, u8 } from './bytes.mjs';
import { follow } from './merkle.mjs';
import { commitmentOf, readPacket } from './packets.mjs';

const CERTIFICATE_MAX = 8192;
const PACKETS_MAX = 100;
const PATH_MAX = 64;
const PACKET_MAX = 65536 + 1024;

function readPath(c) {
  const n = c.within(c.u8(), 0, PATH_MAX, 'E_PROOF_DEPTH');
  return Array.from({ length: n }, () => c.word());
}

export function readDelivery(bytes) {
  const c = new Cursor(bytes);
  c.within(c.u16(), 1, 1, 'E_VERSION');
  const d = { suite: c.u8(), certificate: c.blob16(CERTIFICATE_MAX), size: c.u64(), outboxRoot: c.word(), exportN: c.u16(), exportIdx: c.u16() };
  d.exportPath = readPath(c);
  const n = c.within(c.u16(), 0, PACKETS_MAX, 'E_LIMIT: n');
  const isNowhere = n === 0 && d.exportN === 0 && d.exportIdx === 0;
  check(d.exportIdx < d.exportN || isNowhere, 'E_PROOF_BOUNDS: export');
  d.packets = Array.from({ length: n }, () => ({ index: c.u64(), path: readPath(c), bytes: c.blob32(PACKET_MAX) }));
  c.end();
  return d;
}

/** The packets of a delivery whose proofs are good, for this chain and from this hub; refuses it for any that is not. */
export function checkPackets(d, exportRoot, config, hash) {
  if (d.packets.length === 0) return [];
  check(!isZero(exportRoot) && !isZero(d.outboxRoot), 'E_ZERO_ROOT');
  const leaf = hash(join(u8(0), str8(config.chain), u64(d.size), d.outboxRoot));
  const found = follow(hash, BigInt(d.exportN), BigInt(d.exportIdx), leaf, d.exportPath);
  check(found.equals(exportRoot), 'E_PROOF: export');
  return d.packets.map(({ index, path, bytes }) => {
    const packet = readPacket(bytes);
    check(packet.hub.equals(config.hub), 'E_DOMAIN: hub');
    check(packet.dstChain.equals(config.chain), 'E_DOMAIN: dst_chain');
    const commitment = commitmentOf(hash, packet);
    const root = follow(hash, d.size, index, hash(join(u8(0), u64(index), commitment)), path);
    check(root.equals(d.outboxRoot), 'E_PROOF: outbox');
    return { index, commitment, packet };
  });
}
