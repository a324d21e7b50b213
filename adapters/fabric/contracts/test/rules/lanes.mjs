// Ordered lanes, cancels, halts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NONE, cancelPayload, decisionPayload, u64 } from '../support/bytes.mjs';
import { Channel } from '../support/channel.mjs';

export function laneRules(suite) {
  const make = (options) => Channel.make(suite, options);
  const ordered = (c, sequence, over = {}) => c.hub.append({ order: 2, sequence: BigInt(sequence), ...over });
  const cancel = (c, index, order, sequence, first, kind = 1) => c.hub.append({
    kind: 3, gradeMin: 0, sequence: BigInt(sequence),
    payload: cancelPayload({ index, commitment: c.hub.packets[Number(index)]?.commitment, kind, order, first }) });
  const control = (c, kind, sequence, over = {}) => c.hub.append({
    kind, gradeMin: 0, srcService: '', dstService: '', sequence: BigInt(sequence), payload: u64(5), ...over });
  const told = (r) => r.done.map((d) => [Number(d.index), d.status, d.again]);

  describe(`${suite.name}: ordered lanes`, () => {
    test('take the lowest number only', async () => {
      const c = await make();
      const [one, two] = [ordered(c, 1), ordered(c, 2)];
      assert.deepEqual(told(await c.deliver(two)), []);
      assert.deepEqual(told(await c.deliver([one, two])), [[one, 1, 0], [two, 1, 0]]);
      assert.deepEqual(told(await c.deliver(ordered(c, 2))), [], 'a spent number under another index');
      assert.equal(c.service.service.calls.length, 2);
    });

    test('are told apart by both services and the source', async () => {
      const c = await make({ services: ['service', 'service2'] });
      await c.deliver(ordered(c, 1));
      for (const over of [{ srcChain: 'city-411000' }, { srcService: 'source2' }, { dstService: 'service2' }, { srcChain: 'city-41010', srcService: '0source' }]) {
        assert.deepEqual(told(await c.deliver(ordered(c, 2, over))), [], JSON.stringify(over));
        assert.equal((await c.deliver(ordered(c, 1, over))).done[0].status, 1);
      }
      assert.equal((await c.deliver(ordered(c, 2))).done[0].status, 1);
    });

    test('a number is spent also by an error and a refusal', async () => {
      const c = await make();
      c.service.service.plan = async () => { throw new Error('no'); };
      assert.equal((await c.deliver(ordered(c, 1))).done[0].status, 2);
      assert.equal((await c.deliver(ordered(c, 2, { dstService: 'nobody', sequence: 1n }))).done[0].status, 4);
      assert.equal((await c.deliver(ordered(c, 2))).done[0].status, 2);
    });
  });

  describe(`${suite.name}: cancels`, () => {
    test('may be taken out of order', async () => {
      const c = await make();
      const [one, two, three] = [ordered(c, 1), ordered(c, 2), ordered(c, 3)];
      const x = cancel(c, two, 2, 2, 2);
      const r = await c.deliver(x);
      assert.deepEqual(told(r), [[x, 1, 0], [two, 3, 0]]);
      assert.ok(r.done[1].commitment.equals(c.hub.packets[two].commitment));
      assert.deepEqual(told(await c.deliver(three)), [], '1 is open');
      assert.deepEqual(told(await c.deliver([one, two, three])), [[one, 1, 0], [two, 3, 1], [three, 1, 0]]);
    });

    test('that are late repeat what happened', async () => {
      const c = await make();
      const call = c.hub.append();
      const x = cancel(c, call, 1, 1, 1);
      await c.deliver(call);
      assert.deepEqual(told(await c.deliver(x)), [[x, 1, 0], [call, 1, 1]]);
      assert.deepEqual(told(await c.deliver(x)), [[x, 1, 1]], 'its own only');
    });

    test('that are first are repeated by the packet', async () => {
      const c = await make();
      const call = c.hub.append();
      const x = cancel(c, call, 1, 1, 1);
      assert.deepEqual(told(await c.deliver([x, call])), [[x, 1, 0], [call, 3, 0], [call, 3, 1]]);
      assert.equal(c.service.service.calls.length, 0);
      assert.equal((await c.deliver(ordered(c, 1))).done[0].status, 1, 'of an unordered packet');
    });

    test('spend the number only of kinds that have one', async () => {
      for (const [kind, spent] of [[1, 1], [4, 1], [7, 1], [8, 1], [2, 0], [3, 0], [5, 0], [6, 0], [9, 0], [10, 0]]) {
        const c = await make();
        await c.deliver(cancel(c, c.hub.append({ sequence: 50n }), 2, 1, 1, kind));
        assert.equal(told(await c.deliver(ordered(c, 2))).length, spent, `kind ${kind}`);
      }
    });

    test('without an index spend numbers only', async () => {
      const c = await make();
      const ahead = cancel(c, NONE, 2, 3, 3);
      assert.deepEqual(told(await c.deliver(ahead)), [[ahead, 1, 0]]);
      const open = cancel(c, NONE, 2, 2, 1);
      assert.deepEqual(told(await c.deliver(open)), [[open, 1, 0]], '1 and 2, when the lane opens');
      assert.deepEqual(told(await c.deliver([ordered(c, 3), ordered(c, 4)])).map((d) => d[1]), [1]);
      const late = cancel(c, NONE, 2, 9, 3);
      await c.deliver(late);
      assert.equal(told(await c.deliver(ordered(c, 5))).length, 1, 'not from where the lane is');
    });

    test('a long run out of order is passed in the end', async () => {
      const c = await make();
      for (let i = 0; i < 30; i++) {
        const some = Array.from({ length: 70 }, (_, k) => cancel(c, NONE, 2, 2 + 70 * i + k, 2 + 70 * i + k));
        await c.deliver(some);
      }
      const last = ordered(c, 2 + 70 * 30);
      assert.deepEqual(told(await c.deliver(last)), []);
      assert.equal(told(await c.deliver([ordered(c, 1), last])).length, 2);
    });
  });

  describe(`${suite.name}: halts`, () => {
    test('skip what comes from a halted chain, and nothing else', async () => {
      const c = await make();
      const [call, elsewhere] = [c.hub.append(), c.hub.append({ srcChain: 'city-411000' })];
      const halt = control(c, 9, 1);
      assert.deepEqual(told(await c.deliver(halt)), [[halt, 1, 0]]);
      assert.deepEqual(told(await c.deliver([call, elsewhere])), [[elsewhere, 1, 0]]);
      const commit = c.hub.append({ kind: 5, gradeMin: 0, payload: decisionPayload({}) });
      assert.deepEqual(told(await c.deliver(commit)), [[commit, 1, 0]]);
      const x = cancel(c, c.hub.append(), 1, 1, 1);
      assert.equal(told(await c.deliver(x))[0][1], 1, 'cancels are never skipped');
      const resume = control(c, 10, 2);
      assert.deepEqual(told(await c.deliver([resume, call])), [[resume, 1, 0], [call, 1, 0]]);
    });

    test('count by their own number', async () => {
      const c = await make();
      const [first, second] = [control(c, 10, 5), control(c, 9, 4)];
      await c.deliver(first);
      assert.deepEqual(told(await c.deliver(second)), [[second, 1, 0]], 'told, and no more');
      assert.equal(told(await c.deliver(c.hub.append())).length, 1);
      await c.deliver(control(c, 9, 5));
      assert.equal(told(await c.deliver(c.hub.append())).length, 1, 'the same number again');
      await c.deliver(control(c, 9, 6));
      assert.equal(told(await c.deliver(c.hub.append())).length, 0);
    });
  });
}
