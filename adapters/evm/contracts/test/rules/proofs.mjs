// Step 2: paths, index, commitment, destination. Any failure: the whole call reverts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bench } from '../support/bench.mjs';
import { NONE, ZERO, ackPayload, cancelPayload, decisionPayload, hex, packetBytes, u64, u8 } from '../support/bytes.mjs';

export function proofRules(chain) {
  async function five() {
    const b = await Bench.make(chain());
    for (let i = 1n; i <= 5n; i++) b.hub.append({ sequence: i });
    return b;
  }

  async function reverts(b, over, reason, indices = [1, 2]) {
    const r = await b.deliver(indices, over);
    assert.equal(r.ok, false, `taken: ${reason} ${Object.keys(over)}`);
    assert.match(r.reason, new RegExp(`^${reason}`), Object.keys(over).join());
    assert.equal(await b.view('height'), 0n);
    for (const i of indices) assert.equal(await b.statusOf(i), 0);
    assert.equal(await b.calls(), 0, 'a good packet before the bad one is undone, too');
  }

  describe('proof', () => {
    test('paths of every index in trees of every size', async () => {
      const b = await Bench.make(chain());
      for (let n = 1; n <= 9; n++) {
        b.hub.append({ sequence: BigInt(n) });
        const r = await b.deliver(Array.from({ length: n }, (_, i) => i));
        assert.ok(r.ok, `${n}: ${r.reason}`);
        assert.equal(r.done.length, n);
      }
    });

    test('a spoilt export path, place or size', async () => {
      const b = await five();
      await reverts(b, { exportPath: true }, 'E_PROOF');
      await reverts(b, { exportIdx: 0 }, 'E_PROOF');
      await reverts(b, { exportIdx: 2 }, 'E_PROOF_DEPTH');
      await reverts(b, { exportIdx: 3 }, 'E_PROOF_BOUNDS');
      await reverts(b, { exportN: 0, exportIdx: 0 }, 'E_PROOF_BOUNDS');
      await reverts(b, { exportN: 2 }, 'E_PROOF_DEPTH');
      await reverts(b, { exportN: 65535 }, 'E_PROOF_DEPTH');
      await reverts(b, { size: 6 }, 'E_PROOF');
      await reverts(b, { spoilRoot: true }, 'E_PROOF');
      await reverts(b, { longPath: true }, 'E_PROOF_DEPTH');
      await reverts(b, { exportRoot: Buffer.alloc(32, 3) }, 'E_PROOF');
    });

    test('a proof made for another chain of the export tree', async () => {
      const b = await Bench.make(chain(), { ownChain: hex(Buffer.from('city-410100')) });
      b.hub.append();
      assert.match((await b.deliver(0)).reason, /^E_PROOF/);
      assert.equal(await b.statusOf(0), 0);
    });

    test('a spoilt outbox path, index or packet', async () => {
      const b = await five();
      await reverts(b, { outboxPath: true }, 'E_PROOF');
      await reverts(b, { shortPath: true }, 'E_PROOF_DEPTH');
      await reverts(b, { extraNode: true }, 'E_PROOF_DEPTH');
      await reverts(b, { index: 3 }, 'E_PROOF');
      await reverts(b, { index: 5 }, 'E_PROOF_BOUNDS');
      await reverts(b, { index: NONE }, 'E_PROOF_BOUNDS');
      await reverts(b, { spoilPacket: true }, 'E_PROOF');
      await reverts(b, { packetBytes: b.hub.packets[3].bytes }, 'E_PROOF');
    });

    test('each byte of a packet', async () => {
      const b = await five();
      const { bytes } = b.hub.packets[1];
      for (let i = 0; i < bytes.length; i++) {
        const bad = Buffer.from(bytes);
        bad[i] ^= 1 << (i % 8);
        const data = Bench.encode('Yuqiao', 'receiveMessages', [hex(b.hub.delivery([1], { packetBytes: bad }))]);
        await assert.rejects(chain().call({ to: b.at, data }), `byte ${i}`);
      }
    });

    test('a node of the tree is no leaf, and a leaf no node', async () => {
      const b = await five();
      // The preimage of a node as if it were that of a leaf: tags and lengths differ.
      const node = b.hub.hash(Buffer.concat([u8(1), b.hub.leaf(0), b.hub.leaf(1)]));
      await reverts(b, { index: 0, size: 3, shortPath: true, outboxRoot: b.hub.trees().outbox.root }, 'E_PROOF', [0]);
      await reverts(b, { outboxRoot: node, size: 2 }, 'E_PROOF', [0]);
    });

    test('a packet of another hub, or for another chain, though it is a leaf', async () => {
      for (const over of [{ hub: 'henan-mair' }, { hub: 'henan' }, { dstChain: 'city-410301' }, { dstChain: 'city-41030' }]) {
        const b = await Bench.make(chain());
        b.hub.append({ ...over });
        assert.match((await b.deliver(0)).reason, /^E_DOMAIN/);
        assert.equal(await b.calls(), 0);
      }
    });

    test('packets that are none, though they are leaves', async () => {
      const long = (n) => 'x'.repeat(n);
      const cases = [
        [{ version: 2 }, 'E_VERSION'], [{ version: 0 }, 'E_VERSION'], [{ order: 0 }, 'E_FIELD_UNKNOWN'], [{ order: 3 }, 'E_FIELD_UNKNOWN'],
        [{ gradeMin: 4 }, 'E_RANGE'], [{ reserved: 1 }, 'E_NONCANONICAL'], [{ sequence: 0n }, 'E_RANGE'], [{ srcChain: long(49) }, 'E_LIMIT'],
        [{ hub: long(49) }, 'E_LIMIT'], [{ dstChain: long(49) }, 'E_LIMIT'],
        [{ srcService: long(65) }, 'E_LIMIT'], [{ dstService: long(65) }, 'E_LIMIT'], [{ sender: long(65) }, 'E_LIMIT'],
        [{ payload: Buffer.alloc(65537) }, 'E_LIMIT'], [{ kind: 9, payload: u64(1) }, 'E_RANGE'],
        [{ kind: 10, srcService: '', payload: u64(1) }, 'E_RANGE'], [{ kind: 9, dstService: '', payload: u64(1) }, 'E_RANGE'],
        [{ kind: 9, srcService: '', dstService: '', payload: u8(1) }, 'E_LEN'],
        [{ kind: 2, payload: 'short' }, 'E_TRUNCATED'], [{ kind: 2, payload: ackPayload({ commitment: ZERO, status: 0 }) }, 'E_FIELD_UNKNOWN'],
        [{ kind: 2, payload: ackPayload({ commitment: ZERO, status: 5 }) }, 'E_FIELD_UNKNOWN'],
        [{ kind: 2, payload: ackPayload({ commitment: ZERO, forced: 2 }) }, 'E_RANGE'],
        [{ kind: 2, payload: ackPayload({ commitment: ZERO, result: Buffer.alloc(4097) }) }, 'E_LIMIT'],
        [{ kind: 2, payload: Buffer.concat([ackPayload({ commitment: ZERO }), u8(0)]) }, 'E_TRAILING'],
        [{ kind: 3, payload: 'short' }, 'E_TRUNCATED'], [{ kind: 3, payload: cancelPayload({ index: 0, kind: 0, first: 1 }) }, 'E_FIELD_UNKNOWN'],
        [{ kind: 3, payload: cancelPayload({ index: 0, kind: 11, first: 1 }) }, 'E_FIELD_UNKNOWN'],
        [{ kind: 3, payload: cancelPayload({ index: 0, order: 3, first: 1 }) }, 'E_FIELD_UNKNOWN'],
        [{ kind: 3, payload: cancelPayload({ index: 0, first: 0 }) }, 'E_RANGE'],
        [{ kind: 3, payload: Buffer.concat([cancelPayload({ index: 0, first: 1 }), u8(0)]) }, 'E_TRAILING'],
        [{ kind: 5, payload: Buffer.concat([decisionPayload({}), u8(0)]) }, 'E_LEN'], [{ kind: 6, payload: 'short' }, 'E_LEN'],
        [{ bytes: Buffer.from([0]) }, 'E_TRUNCATED'],
      ];
      for (const [over, reason] of cases) {
        const b = await Bench.make(chain(), { services: [] });
        b.hub.append(over);
        const r = await b.deliver(0);
        assert.match(r.reason, new RegExp(`^${reason}`), JSON.stringify(over, (k, v) => (typeof v === 'bigint' ? `${v}` : v)));
      }
      const b = await Bench.make(chain(), { services: [] });
      const packet = b.hub.packet();
      b.hub.append({ bytes: Buffer.concat([packetBytes(packet), u8(0)]) });
      assert.match((await b.deliver(0)).reason, /^E_TRAILING/);
    });

    test('the largest fields are taken', async () => {
      const b = await Bench.make(chain(), { services: [] });
      b.hub.append({ srcChain: 's'.repeat(48), srcService: 'x'.repeat(64), dstService: 'y'.repeat(64), sender: Buffer.alloc(64, 3), payload: Buffer.alloc(65536, 1) });
      const r = await b.deliver(0);
      assert.ok(r.ok, r.reason);
      assert.equal(r.done[0].status, 4, 'no such service');
    });

    test('the delivery\'s own layout', async () => {
      const b = await five();
      await reverts(b, { version: 2 }, 'E_VERSION');
      await reverts(b, { tail: u8(0) }, 'E_TRAILING');
      await reverts(b, { n: 101 }, 'E_LIMIT');
      await reverts(b, { n: 3 }, 'E_TRUNCATED');
      await reverts(b, { n: 1 }, 'E_TRAILING');
      assert.match((await b.deliver([], { exportN: 2, exportIdx: 2 })).reason, /^E_PROOF_BOUNDS/);
      const whole = b.hub.delivery([1]);
      for (let i = 0; i < whole.length; i += i < 40 ? 1 : 13) {
        const data = Bench.encode('Yuqiao', 'receiveMessages', [hex(whole.subarray(0, i))]);
        await assert.rejects(chain().call({ to: b.at, data }), `first ${i} bytes`);
      }
    });
  });
}
