// Ordered lanes, cancels, halts: as conformance/chains/common/test_contract.c has them, and their limits.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bench } from '../support/bench.mjs';
import { NONE, cancelPayload, decisionPayload, u64 } from '../support/bytes.mjs';

const FAIL = 1;

export function laneRules(chain) {
  class Lanes extends Bench {
    ordered(sequence, over = {}) { return this.hub.append({ order: 2, sequence: BigInt(sequence), ...over }); }

    cancel(index, order, sequence, first, kind = 1, over = {}) {
      const commitment = this.hub.packets[Number(index)]?.commitment;
      return this.hub.append({ kind: 3, gradeMin: 0, sequence: BigInt(sequence), payload: cancelPayload({ index, commitment, kind, order, first }), ...over });
    }

    control(kind, sequence, over = {}) {
      return this.hub.append({ kind, gradeMin: 0, srcService: '', dstService: '', sequence: BigInt(sequence), payload: u64(5), ...over });
    }

    decision(kind, dstService = 'service') { return this.hub.append({ kind, gradeMin: 0, dstService, payload: decisionPayload({}) }); }

    async statuses(...indices) { return Promise.all(indices.map((i) => this.statusOf(i))); }
  }

  const make = async (config) => Object.setPrototypeOf(await Bench.make(chain(), config), Lanes.prototype);
  const told = (r) => r.done.map((d) => [Number(d.index), d.status, d.again]);

  describe('ordered lanes', () => {
    test('take the lowest number only', async () => {
      const b = await make();
      const one = b.ordered(1);
      const two = b.ordered(2);
      assert.deepEqual(told(await b.deliver(two)), []);
      assert.deepEqual(told(await b.deliver([one, two])), [[one, 1, 0], [two, 1, 0]]);
      const again = b.ordered(2);
      assert.deepEqual(told(await b.deliver(again)), [], 'a spent number under another index');
      assert.equal(await b.calls(), 2);
      assert.deepEqual(await b.statuses(again), [0]);
    });

    test('are told apart by both services and the source', async () => {
      const b = await make({ services: ['service', 'service2'] });
      await b.deliver(b.ordered(1));
      for (const over of [{ srcChain: 'city-411000' }, { srcService: 'source2' }, { dstService: 'service2' }, { srcChain: 'city-41010', srcService: '0source' }]) {
        assert.deepEqual(told(await b.deliver(b.ordered(2, over))), [], JSON.stringify(over));
        assert.equal((await b.deliver(b.ordered(1, over))).done[0].status, 1);
      }
      assert.equal((await b.deliver(b.ordered(2))).done[0].status, 1);
    });

    test('a number is spent also by an error, a deadline, a refusal', async () => {
      const b = await make();
      await b.tell('service', 'plan', [FAIL, '0x']);
      assert.equal((await b.deliver(b.ordered(1))).done[0].status, 2);
      assert.equal((await b.deliver(b.ordered(2, { deadlineMs: 1n }))).done[0].status, chain().clockMs ? 3 : 2);
      await b.send('setService', ['0x' + Buffer.from('service').toString('hex'), b.service.service.at, 1_500_000, '0x00000000', false, true]);
      assert.equal((await b.deliver(b.ordered(3))).done[0].status, 4);
      await b.tell('service', 'plan', [0, '0x']);
      await b.send('setService', ['0x' + Buffer.from('service').toString('hex'), b.service.service.at, 1_500_000, '0x00000000', true, true]);
      assert.equal((await b.deliver(b.ordered(4))).done[0].status, 1);
    });
  });

  describe('cancel', () => {
    test('may be taken out of order', async () => {
      const b = await make();
      const [one, two, three] = [b.ordered(1), b.ordered(2), b.ordered(3)];
      const cancel = b.cancel(two, 2, 2, 2);
      const r = await b.deliver(cancel);
      assert.deepEqual(told(r), [[cancel, 1, 0], [two, 3, 0]]);
      assert.ok(r.done[1].commitment.equals(b.hub.packets[two].commitment));
      assert.deepEqual(told(await b.deliver(three)), [], '1 is open');
      assert.deepEqual(told(await b.deliver([one, two, three])), [[one, 1, 0], [two, 3, 1], [three, 1, 0]]);
      assert.equal(await b.calls(), 2);
    });

    test('that is late repeats what happened', async () => {
      const b = await make();
      const call = b.hub.append();
      const cancel = b.cancel(call, 1, 1, 1);
      await b.deliver(call);
      const r = await b.deliver(cancel);
      assert.deepEqual(told(r), [[cancel, 1, 0], [call, 1, 1]]);
      assert.ok(r.done[1].commitment.equals(b.hub.packets[call].commitment));
      assert.deepEqual(told(await b.deliver(cancel)), [[cancel, 1, 1]], 'its own only');
    });

    test('and then the packet: the packet repeats the cancel', async () => {
      const b = await make();
      const call = b.hub.append();
      const cancel = b.cancel(call, 1, 1, 1);
      assert.deepEqual(told(await b.deliver([cancel, call])), [[cancel, 1, 0], [call, 3, 0], [call, 3, 1]]);
      assert.equal(await b.calls(), 0);
    });

    test('of an unordered packet leaves the ordered lane alone', async () => {
      const b = await make();
      const call = b.hub.append();
      await b.deliver(b.cancel(call, 1, 1, 1));
      assert.equal((await b.deliver(b.ordered(1))).done[0].status, 1);
    });

    test('spends the number only of kinds that have one', async () => {
      for (const [kind, spent] of [[1, true], [4, true], [7, true], [8, true], [2, false], [3, false], [5, false], [6, false], [9, false], [10, false]]) {
        const b = await make();
        const named = b.hub.append({ sequence: 50n });
        await b.deliver(b.cancel(named, 2, 1, 1, kind));
        assert.equal(told(await b.deliver(b.ordered(2))).length, spent ? 1 : 0, `kind ${kind}`);
      }
    });

    test('without index spends the number only', async () => {
      const b = await make();
      const [two, three] = [b.ordered(2), b.ordered(3)];
      const none = b.cancel(NONE, 2, 1, 1);
      const ahead = b.cancel(NONE, 2, 3, 3);
      assert.deepEqual(told(await b.deliver(ahead)), [[ahead, 1, 0]]);
      await b.deliver(none);
      assert.deepEqual(told(await b.deliver(two)), [[two, 1, 0]]);
      assert.deepEqual(told(await b.deliver(three)), [], '3 was spent by its cancel');
      const four = b.ordered(4);
      assert.deepEqual(told(await b.deliver(four)), [[four, 1, 0]]);
      assert.equal((await b.view('outcomeOf', [NONE]))[0], 0n, 'no index was spent');
    });

    test('a lane that opens late begins behind the refused numbers', async () => {
      const b = await make();
      const skip = b.cancel(NONE, 2, 4, 1);
      const wrong = b.cancel(NONE, 2, 9, 7);
      const [five, ten] = [b.ordered(5), b.ordered(10)];
      assert.deepEqual(told(await b.deliver(wrong)), [[wrong, 1, 0]]);
      assert.deepEqual(told(await b.deliver(skip)), [[skip, 1, 0]]);
      assert.deepEqual(told(await b.deliver(ten)), [], '7..9 was not at the lane\'s next');
      assert.deepEqual(told(await b.deliver(five)), [[five, 1, 0]]);
    });

    test('never moves a lane back', async () => {
      const b = await make();
      for (const n of [1, 2, 3]) await b.deliver(b.ordered(n));
      const back = b.cancel(NONE, 2, 1, 4);
      assert.deepEqual(told(await b.deliver(back)), [[back, 1, 0]]);
      await b.deliver(b.cancel(NONE, 2, 1, 1));
      assert.deepEqual(told(await b.deliver(b.ordered(2))), []);
      assert.equal((await b.deliver(b.ordered(4))).done[0].status, 1);
    });

    test('a long run out of order is passed in steps, and nothing is lost', async () => {
      const b = await make({ floor: 0 });
      const one = b.ordered(1);
      const cancels = [];
      for (let n = 2; n <= 140; n++) cancels.push(b.cancel(NONE, 2, n, n));
      await b.deliver(cancels.slice(0, 100));
      await b.deliver(cancels.slice(100));
      const range = b.cancel(NONE, 2, 145, 141);
      const last = b.ordered(146);
      assert.deepEqual(told(await b.deliver(one)), [[one, 1, 0]]);
      assert.deepEqual(told(await b.deliver(range)), [], 'the lane is not there yet');
      for (let tries = 0; tries < 4; tries++) await b.deliver(range);
      assert.equal(await b.statusOf(range), 1);
      assert.deepEqual(told(await b.deliver(last)), [[last, 1, 0]]);
      assert.equal(await b.calls(), 2);
    });

    test('a packet waits, too, until the lane is passed', async () => {
      const b = await make();
      const cancels = [];
      for (let n = 2; n <= 100; n++) cancels.push(b.cancel(NONE, 2, n, n));
      await b.deliver(cancels);
      const one = b.ordered(1);
      const again = b.ordered(66);
      const next = b.ordered(101);
      assert.deepEqual(told(await b.deliver([one, again])), [[one, 1, 0]], '66 is spent, though 65 numbers were passed');
      assert.deepEqual(told(await b.deliver([next, next, next])).at(-1), [next, 1, 1]);
      assert.equal(await b.calls(), 2);
    });

    test('and its own index, named by itself', async () => {
      const b = await make();
      const i = b.hub.packets.length;
      const self = b.cancel(i, 1, 1, 1);
      assert.deepEqual(told(await b.deliver(self)), [[self, 1, 0], [self, 1, 1]]);
    });
  });

  describe('halt', () => {
    test('binds until a later resume', async () => {
      const b = await make();
      const halt = b.control(9, 2);
      const old = b.control(10, 1);
      const call = b.hub.append();
      const commit = b.decision(5);
      const cancel = b.cancel(b.hub.append({ sequence: 2n }), 1, 2, 2);
      assert.deepEqual(told(await b.deliver(halt)), [[halt, 1, 0]]);
      assert.deepEqual(told(await b.deliver(old)), [[old, 1, 0]]);
      assert.equal(await b.view('isHalted', ['0x' + Buffer.from('city-410100').toString('hex')]), true);
      for (const kind of [1, 4, 7, 8]) assert.deepEqual(told(await b.deliver(b.hub.append({ kind }))), [], `kind ${kind}`);
      assert.deepEqual(told(await b.deliver(call)), []);
      assert.deepEqual(told(await b.deliver(commit)), [[commit, 1, 0]], 'a decision is never held');
      assert.equal((await b.deliver(b.decision(6))).done[0].status, 1);
      assert.equal((await b.deliver(cancel)).done[0].status, 1);
      assert.equal((await b.deliver(b.hub.append({ srcChain: 'city-411000' }))).done[0].status, 1);
      assert.deepEqual(told(await b.deliver(b.control(10, 2))).map((d) => d[1]), [1], 'the same number');
      assert.deepEqual(told(await b.deliver(call)), []);
      await b.deliver(b.control(10, 3));
      assert.deepEqual(told(await b.deliver(call)), [[call, 1, 0]]);
      assert.deepEqual(told(await b.deliver(halt)), [[halt, 1, 1]]);
      assert.deepEqual(told(await b.deliver(b.hub.append())).map((d) => d[1]), [1], 'repeating a halt does not halt');
    });
  });

  describe('commit and undo', () => {
    test('a failing one takes its mark back', async () => {
      for (const kind of [5, 6]) {
        const b = await make();
        await b.tell('service', 'plan', [FAIL, '0x']);
        const i = b.decision(kind);
        for (let tries = 0; tries < 2; tries++) {
          const r = await b.deliver(i);
          assert.deepEqual(r.done.map((d) => [d.status, d.code, d.again]), [[2, 1, 0]]);
          assert.deepEqual(await b.statuses(i), [0]);
        }
        await b.tell('service', 'plan', [0, '0x']);
        assert.deepEqual(told(await b.deliver(i)), [[i, 1, 0]]);
        assert.deepEqual(told(await b.deliver(i)), [[i, 1, 1]]);
        assert.equal(await b.calls(), 1);
      }
    });

    test('need no allow list, but a target', async () => {
      const b = await make();
      await b.send('setService', ['0x' + Buffer.from('service').toString('hex'), b.service.service.at, 1_500_000, '0x00000000', false, false]);
      assert.equal((await b.deliver(b.decision(5))).done[0].status, 1);
      const nowhere = b.decision(5, 'nobody');
      const r = await b.deliver(nowhere);
      assert.deepEqual(r.done.map((d) => [d.status, d.code, d.again]), [[2, 317, 0]]);
      assert.deepEqual(await b.statuses(nowhere), [0]);
      assert.ok((await b.send('addAdministrator', [b.service.service.at])).ok);
      assert.deepEqual((await b.deliver(b.decision(6))).done.map((d) => [d.status, d.code]), [[2, 317]]);
      assert.equal(await b.calls(), 1);
    });
  });
}
