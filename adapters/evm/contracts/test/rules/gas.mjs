// A target's gas is fixed: a relayer's small gas cannot turn a call into an error. Batches of up to 100.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bench } from '../support/bench.mjs';
import { ackPayload, decisionPayload, hex } from '../support/bytes.mjs';

const name = (s) => hex(Buffer.from(s));

export function gasRules(chain) {
  describe('gas', () => {
    /** Its service fails if it is handed one unit less than a delivery with much gas hands it. */
    async function exact(gasLimit, payload) {
      const b = await Bench.make(chain(), { services: [] });
      await b.addService('service', { gas: gasLimit });
      await b.tell('service', 'needGas', [0]);
      assert.equal((await b.deliver(b.hub.append({ payload }))).done[0].status, 1);
      const seen = await b.ask('service', 'seenGas');
      await b.tell('service', 'needGas', [seen]);
      return b;
    }

    async function sweep(b, indices, low, high, steps) {
      const counts = { reverted: 0, none: 0, some: 0, all: 0 };
      for (let k = 0; k <= steps; k++) {
        const gas = low + BigInt(k) * (high - low) / BigInt(steps);
        const r = await b.deliver(indices(), {}, { gas });
        for (const d of r.done) assert.deepEqual([d.status, d.again], [1, 0], `an error at gas ${gas}`);
        const n = r.done.length;
        counts[!r.ok ? 'reverted' : n === 0 ? 'none' : n === indices.n ? 'all' : 'some']++;
      }
      return counts;
    }

    test('small gas ends the batch and spends nothing', async () => {
      for (const [gasLimit, size] of [[100_000, 10], [1_000_000, 10], [200_000, 20_000]]) {
        const b = await exact(gasLimit, Buffer.alloc(size, 1));
        const indices = () => [1, 2, 3].map(() => b.hub.append({ payload: Buffer.alloc(size, 1) }));
        indices.n = 3;
        const whole = (await b.deliver(indices())).gas;
        // The EVM of suite 1 takes nothing for the transaction's bytes.
        const low = chain().suite.suite === 1 ? 60_000n : 120_000n + 16n * 3n * BigInt(size + 700);
        const counts = await sweep(b, indices, low, whole * 2n + 2_000_000n, 30);
        assert.ok(counts.all > 0 && counts.some > 0 && counts.none + counts.reverted > 0, JSON.stringify(counts));
      }
    });

    test('and what was not reached comes again', async () => {
      const b = await exact(1_000_000, 'x');
      const indices = [0, 1, 2, 3, 4, 5].map((i) => b.hub.append({ order: 2, sequence: BigInt(i + 1) }));
      let done = 0;
      let calls = 0;
      while (done < 6 && calls++ < 30) {
        const r = await b.deliver(indices, {}, { gas: 3_200_000n });
        assert.ok(r.ok, r.reason);
        done += r.done.filter((d) => d.again === 0).length;
        assert.ok(r.done.every((d) => d.status === 1));
      }
      assert.equal(done, 6);
      assert.ok(calls > 1, 'it took more than one delivery');
    });

    test('kinds 2, 5, 6 are guarded alike', async () => {
      const b = await exact(400_000, 'x');
      const decisions = () => [b.hub.append({ kind: 5, gradeMin: 0, payload: decisionPayload({}) })];
      decisions.n = 1;
      const counts = await sweep(b, decisions, 100_000n, 3_000_000n, 30);
      assert.ok(counts.all > 0 && counts.none + counts.reverted > 0);
      const message = { kind: 1, order: 1, gradeMin: 1, service: name('service'), dstChain: name('city-410100'), dstService: name('source'), deadlineMs: 0,
        grant: hex(Buffer.alloc(32)), group: hex(Buffer.alloc(32)), payload: '0x' };
      const acks = [];
      for (let n = 1; n <= 16; n++) {
        assert.ok((await b.tell('service', 'send', [b.at, message])).ok);
        const commitment = Buffer.from((await b.view('openPacket', [name('service'), name('city-410100'), name('source'), n])).slice(2), 'hex');
        acks.push(b.hub.append({ kind: 2, gradeMin: 0, sequence: BigInt(n), payload: ackPayload({ commitment }) }));
      }
      const one = () => [acks.shift()];
      one.n = 1;
      const some = await sweep(b, one, 100_000n, 2_600_000n, 15);
      assert.ok(some.all > 0 && some.none + some.reverted > 0);
    });

    test('a batch of 100, one of which fails', async () => {
      const b = await Bench.make(chain(), { services: [] });
      await b.addService('service', { gas: 300_000, contract: 'OddAnswer' });
      await b.addService('bad', { gas: 100_000, contract: 'FallbackOnly' });
      await b.tell('service', 'plan', [[32, 0]]);
      const all = Array.from({ length: 100 }, (_, i) => b.hub.append({ sequence: BigInt(i + 1), dstService: i === 57 ? 'bad' : 'service' }));
      const r = await b.deliver(all);
      assert.ok(r.ok, r.reason);
      assert.equal(r.records.length, 101);
      assert.deepEqual(r.done.map((d) => d.status), all.map((i) => (i === 57 ? 2 : 1)));
      assert.equal(await b.calls(), 99);
      b.hub.append();
      assert.match((await b.deliver([...all, 100])).reason, /^E_LIMIT/);
      const again = await b.deliver(all);
      assert.ok(again.done.every((d) => d.again === 1));
    });

    test('a batch of 100 with results of 4 KiB', async () => {
      const b = await Bench.make(chain());
      await b.tell('service', 'plan', [9, '0x']);
      const all = Array.from({ length: 100 }, (_, i) => b.hub.append({ sequence: BigInt(i + 1) }));
      const seen = new Set();
      for (let tries = 0; tries < 20 && seen.size < 100; tries++) {
        const r = await b.deliver(all.filter((i) => !seen.has(i)), {}, { gas: 95_000_000n });
        assert.ok(r.ok, r.reason);
        assert.ok(r.done.length > 0);
        for (const d of r.done) {
          assert.deepEqual([d.status, d.result.length], [1, 4096]);
          seen.add(Number(d.index));
        }
      }
      assert.equal(seen.size, 100);
    });
  });
}
