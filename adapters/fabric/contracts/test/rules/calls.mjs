// Calls, outcomes, and what a service can do wrong.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ackPayload, decisionPayload } from '../support/bytes.mjs';
import { Channel } from '../support/channel.mjs';

export function callRules(suite) {
  const make = (options) => Channel.make(suite, options);
  const one = async (c, over) => (await c.deliver(c.hub.append(over))).done[0];

  describe(`${suite.name}: calls`, () => {
    test('reach the service with what the packet says, once', async () => {
      const c = await make();
      const index = c.hub.append({ payload: 'hello', sender: 'them', deadlineMs: 5n });
      const r = await c.deliver(index);
      assert.deepEqual([r.done[0].status, r.done[0].code, r.done[0].again, r.done[0].result.toString()], [1, 0, 0, 'result']);
      assert.ok(r.done[0].commitment.equals(c.hub.packets[index].commitment));
      const [m] = c.service.service.calls;
      assert.deepEqual([m.kind, m.index, m.srcChain.toString(), m.srcService.toString(), m.sender.toString(), m.payload.toString(), m.deadlineMs],
        [1, BigInt(index), 'city-410100', 'source', 'them', 'hello', 5n]);
      const again = await c.deliver(index);
      assert.deepEqual([again.done[0].status, again.done[0].again, again.done[0].result.length], [1, 1, 0]);
      assert.equal(c.service.service.calls.length, 1);
    });

    test('no deadline is looked at: a client sets the time', async () => {
      const c = await make();
      assert.equal((await one(c, { deadlineMs: 1n })).status, 1);
    });

    test('that fail leave nothing, and the batch goes on', async () => {
      const c = await make();
      const plans = [
        [async () => { throw new Error('no'); }, 1], [async () => 'text', 105], [async () => undefined, 105],
        [async () => Buffer.alloc(4097), 113], [async (ctx) => ctx.state.put('k', Buffer.alloc(0)), 1]];
      for (const [plan, code] of plans) {
        c.service.service.plan = async (ctx, m) => (m.payload.toString() === 'bad' ? plan(ctx, m) : Buffer.alloc(4096));
        const [bad, good] = [c.hub.append({ payload: 'bad' }), c.hub.append()];
        const r = await c.deliver([bad, good]);
        assert.deepEqual(r.done.map((d) => [d.status, d.code]), [[2, code], [1, 0]]);
        assert.equal(c.state.has(`data/${Buffer.from('service').toString('hex')}/call/${bad}`), false);
        assert.equal(c.state.has(`data/${Buffer.from('service').toString('hex')}/call/${good}`), true);
        assert.equal((await c.deliver(bad)).done[0].status, 2, 'kept');
      }
    });

    test('that send: the packets stand before the outcome, or not at all', async () => {
      const c = await make();
      const to = { dstChain: Buffer.from('city-410100'), dstService: Buffer.from('far'), payload: Buffer.from('p') };
      c.service.service.plan = async ({ send }, m) => {
        await send(to);
        if (m.payload.toString() === 'bad') throw new Error('after all not');
        return Buffer.from(String(await send(to)));
      };
      const r = await c.deliver([c.hub.append({ payload: 'bad' }), c.hub.append()]);
      assert.deepEqual(r.records.map((x) => x.kind), ['STATE', 'DONE', 'SENT', 'SENT', 'DONE']);
      assert.deepEqual(r.records.filter((x) => x.kind === 'SENT').map((x) => x.sequence), [1n, 2n], 'no gap');
      c.service.service.plan = async ({ send }) => { for (;;) await send(to); };
      assert.equal((await one(c)).status, 2, 'so many and no more');
    });

    test('go to the allow list only', async () => {
      const c = await make({ services: ['service', 'other'] });
      assert.deepEqual([(await one(c, { dstService: 'nobody' })).status, (await one(c, { dstService: 'nobody' })).code], [4, 317]);
      assert.equal((await one(c, { dstService: 'constructor' })).status, 4);
      await c.must('admin', 'setService', 'service', 'false', 'true');
      assert.equal((await one(c)).status, 4);
      assert.equal((await one(c, { dstService: 'other' })).status, 1);
    });

    test('a fault of the peer is no service\'s failure', async () => {
      const c = await make();
      c.service.service.plan = async ({ state }) => state.get('broken');
      c.broken = /broken/;
      const index = c.hub.append();
      const r = await c.deliver(index);
      assert.equal(r.ok, false);
      assert.match(r.reason, /GET_STATE/);
      c.broken = null;
      c.service.service.plan = async () => Buffer.alloc(0);
      assert.equal((await c.deliver(index)).done[0].status, 1);
    });
  });

  describe(`${suite.name}: commits and undos`, () => {
    test('need no allow list, and are tried again when they fail', async () => {
      const c = await make();
      await c.must('admin', 'setService', 'service', 'false', 'false');
      for (const kind of [5, 6]) {
        const index = c.hub.append({ kind, gradeMin: 0, payload: decisionPayload({ index: 7 }) });
        c.service.service.plan = async () => { throw new Error('not now'); };
        assert.deepEqual((await c.deliver(index)).done.map((d) => [d.status, d.code, d.again]), [[2, 1, 0]]);
        assert.equal(await c.statusOf(index), 0);
        c.service.service.plan = async (_, m) => Buffer.from(String(m.decision.index));
        const r = await c.deliver(index);
        assert.deepEqual([r.done[0].status, r.done[0].result.length], [1, 0]);
        assert.equal((await c.deliver(index)).done[0].again, 1);
      }
    });

    test('to a service that was never registered are an error, and open', async () => {
      const c = await make();
      const index = c.hub.append({ kind: 5, gradeMin: 0, dstService: 'nobody', payload: decisionPayload({}) });
      assert.deepEqual((await c.deliver(index)).done.map((d) => [d.status, d.code]), [[2, 317]]);
      assert.equal(await c.statusOf(index), 0);
    });
  });

  describe(`${suite.name}: acknowledgements`, () => {
    test('close what was sent, once, and only that', async () => {
      const c = await make();
      await c.must('anyone', 'callService', 'service', 'send', 'one');
      const r = await c.must('anyone', 'callService', 'service', 'send', 'two');
      const [sent] = r.records;
      const commitment = suite.hash(Buffer.concat([Buffer.from('YUQIAO-PACKET-1'), headOf(r), suite.hash(Buffer.from('two'))]));
      const ack = (over, payload = {}) => c.hub.append({
        kind: 2, gradeMin: 0, srcService: 'far', sequence: sent.sequence, payload: ackPayload({ commitment, result: 'r', ...payload }), ...over });
      const told = async (index) => (await c.deliver(index)).done.map((d) => [d.status, d.code]);
      assert.deepEqual(await told(ack({}, { commitment: Buffer.alloc(32, 1) })), [[4, 0]]);
      assert.deepEqual(await told(ack({}, { commitment: Buffer.alloc(32) })), [[4, 0]]);
      assert.deepEqual(await told(ack({ sequence: 1n })), [[4, 0]]);
      assert.deepEqual(await told(ack({ srcService: 'fare' })), [[4, 0]]);
      const good = ack({});
      c.service.service.plan = async () => { throw new Error('not now'); };
      assert.deepEqual(await told(good), [[2, 1]]);
      c.service.service.plan = async (_, m) => Buffer.from(m.ack.result);
      assert.deepEqual(await told(good), [[1, 0]]);
      assert.deepEqual(await told(ack({})), [[4, 0]], 'closed');
      assert.deepEqual(await told(ack({}, { commitment: Buffer.alloc(32) })), [[4, 0]], 'zero is of no packet');
    });
  });
}

/** The head of the one packet of an event: 4 bytes of the list, 5 of the record, then the packet with its payload of 3. */
const headOf = (r) => r.raw.subarray(9, r.raw.length - 3);
