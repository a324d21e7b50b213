// Paths, packets, and what a delivery may look like.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commitmentOf, packetBytes, u64 } from '../support/bytes.mjs';
import { Channel } from '../support/channel.mjs';

export function proofRules(suite) {
  const make = () => Channel.make(suite);
  const refused = async (over, reason, packet = {}) => {
    const c = await make();
    for (let i = 0; i < 5; i++) c.hub.append();
    const index = c.hub.append(packet);
    const r = await c.deliver([2, index], over);
    assert.equal(r.ok, false, reason);
    assert.equal(r.reason, reason);
    assert.equal(c.service.service.calls.length, 0);
  };

  describe(`${suite.name}: proofs`, () => {
    test('that do not lead to the root refuse the whole delivery', async () => {
      await refused({ exportPath: true }, 'E_PROOF: export');
      await refused({ size: 7n }, 'E_PROOF: export');
      await refused({ outboxPath: true }, 'E_PROOF: outbox');
      await refused({ spoilPacket: true }, 'E_PROOF: outbox');
      await refused({ index: 4n }, 'E_PROOF: outbox');
      await refused({ index: 6n }, 'E_PROOF_BOUNDS');
      await refused({ shortPath: true }, 'E_PROOF_DEPTH');
      await refused({ extraNode: true }, 'E_PROOF_DEPTH');
      await refused({ longPath: true }, 'E_PROOF_DEPTH');
      await refused({ spoilRoot: true }, 'E_PROOF: export');
      await refused({ exportIdx: 3 }, 'E_PROOF_BOUNDS: export');
      await refused({ exportIdx: 0 }, 'E_PROOF: export');
    });

    test('of packets that are not for this inbox refuse it too', async () => {
      await refused({}, 'E_DOMAIN: hub', { hub: 'other-hub' });
      await refused({}, 'E_DOMAIN: dst_chain', { dstChain: 'city-410301' });
    });

    test('layouts are whole', async () => {
      await refused({ version: 2 }, 'E_VERSION');
      await refused({ tail: Buffer.from([0]) }, 'E_TRAILING');
      await refused({ n: 3 }, 'E_TRUNCATED');
      await refused({ n: 101 }, 'E_LIMIT: n');
      await refused({}, 'E_FIELD_UNKNOWN: order', { order: 3 });
      await refused({}, 'E_RANGE: grade_min', { gradeMin: 4 });
      await refused({}, 'E_NONCANONICAL', { reserved: 1 });
      await refused({}, 'E_VERSION', { version: 2 });
      await refused({}, 'E_RANGE: sequence', { sequence: 0n });
      await refused({}, 'E_LIMIT', { srcService: 's'.repeat(65) });
      await refused({}, 'E_LIMIT', { sender: 's'.repeat(65) });
      await refused({}, 'E_LEN: decision', { kind: 5, payload: 'short' });
      await refused({}, 'E_LEN: height', { kind: 9, srcService: '', dstService: '', payload: 'short' });
      await refused({}, 'E_RANGE: service', { kind: 10, dstService: '', payload: u64(1) });
      await refused({}, 'E_TRUNCATED', { kind: 2, payload: 'short' });
      await refused({}, 'E_TRUNCATED', { kind: 3, payload: 'short' });
    });

    test('every cut of a delivery is refused', async () => {
      const c = await make();
      const delivery = c.hub.delivery([c.hub.append(), c.hub.append()]);
      for (let n = 0; n < delivery.length; n += 7) assert.equal((await c.deliverBytes(delivery.subarray(0, n))).ok, false, `${n}`);
      assert.ok((await c.deliverBytes(delivery)).ok);
    });

    test('a path has at most 64 nodes, also where nothing follows it', async () => {
      const c = await make();
      const without = c.hub.delivery([]);
      const path = (n) => Buffer.concat([without.subarray(0, -3), Buffer.from([n]), Buffer.alloc(32 * n), Buffer.alloc(2)]);
      assert.equal((await c.deliverBytes(path(65))).reason, 'E_PROOF_DEPTH');
      assert.ok((await c.deliverBytes(path(64))).ok);
    });

    test('a kind of a later version is skipped, once its leaf is proven', async () => {
      const c = await make();
      const p = c.hub.packet({ kind: 11 });
      const index = c.hub.append({ kind: 11 });
      assert.ok(c.hub.packets[index].commitment.equals(commitmentOf(suite.hash, p)));
      const r = await c.deliver(index);
      assert.ok(r.ok && r.done.length === 0, r.reason);
      assert.equal(await c.statusOf(index), 0);
      assert.equal((await c.deliver(index, { packetBytes: packetBytes({ ...p, kind: 12 }) })).reason, 'E_PROOF: outbox');
    });

    test('indices below the floor are skipped', async () => {
      const c = await Channel.make(suite, { over: { floor: '1' } });
      const [low, high] = [c.hub.append(), c.hub.append()];
      assert.deepEqual((await c.deliver([low, high])).done.map((d) => Number(d.index)), [high]);
      assert.equal(await c.statusOf(low), 0);
    });
  });
}
