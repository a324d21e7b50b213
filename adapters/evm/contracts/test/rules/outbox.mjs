// The outbox, and acknowledgements of what it sent.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bench } from '../support/bench.mjs';
import { ZERO, ackPayload, commitmentOf, hex, packetBytes } from '../support/bytes.mjs';

const name = (s) => hex(Buffer.from(s));
const PEER = 'city-410100';

export function outboxRules(chain) {
  const message = (over = {}) => ({
    kind: 1, order: 1, gradeMin: 1, service: name('service'), dstChain: name(PEER), dstService: name('source'), deadlineMs: 77,
    grant: hex(Buffer.alloc(32, 3)), group: hex(Buffer.alloc(32, 4)), payload: name('hello'), ...over });
  const sendOf = (b, over, service = 'service') => b.tell(service, 'send', [b.at, message(over)]);
  const open = (b, n, dstService = 'source') => b.view('openPacket', [name('service'), name(PEER), name(dstService), n]);

  /** An acknowledgement of number n of the test's lane. */
  function ack(b, n, commitment, over = {}) {
    return b.hub.append({
      kind: 2, gradeMin: 0, srcChain: PEER, srcService: 'source', dstService: 'service', sequence: BigInt(n),
      payload: ackPayload({ index: 5, commitment, status: 1, code: 0, result: 'res' }), ...over });
  }

  describe('outbox', () => {
    test('numbers a lane from 1 and keeps what it sent', async () => {
      const b = await Bench.make(chain());
      for (const n of [1n, 2n, 3n]) {
        const r = await sendOf(b);
        assert.ok(r.ok, r.reason);
        assert.equal(r.records.length, 1);
        const sender = Buffer.from(b.service.service.at.slice(2), 'hex');
        const packet = {
          kind: 1, order: 1, gradeMin: 1, hub: b.hub.name, srcChain: b.hub.chain, srcService: 'service', dstChain: PEER, dstService: 'source', sequence: n,
          deadlineMs: 77n, sender, grant: Buffer.alloc(32, 3), group: Buffer.alloc(32, 4), payload: 'hello' };
        const data = Buffer.from(r.raw[0].slice(2), 'hex');
        assert.ok(data.subarray(9).equals(packetBytes(packet)));
        assert.equal(await open(b, n), hex(commitmentOf(b.hub.hash, packet)));
      }
      assert.equal(await open(b, 4), hex(ZERO));
      assert.equal((await sendOf(b, { dstService: name('other') })).records[0].sequence, 1n, 'lanes are told apart');
      assert.equal((await sendOf(b, { dstChain: name('city-41010'), dstService: name('0source') })).records[0].sequence, 1n);
      assert.equal(await b.view('lastSent', [name('service'), name(PEER), name('source')]), 3n);
    });

    test('every kind that a service sends', async () => {
      const b = await Bench.make(chain());
      for (const kind of [1, 4, 7, 8]) assert.equal((await sendOf(b, { kind })).records[0].packetKind, kind);
      for (const kind of [0, 2, 3, 5, 6, 9, 10, 11]) assert.match((await sendOf(b, { kind })).reason, /failed|^E_FIELD_UNKNOWN/);
    });

    test('limits', async () => {
      const b = await Bench.make(chain());
      const bad = [{ order: 0 }, { order: 3 }, { gradeMin: 4 }, { dstChain: '0x' }, { dstChain: hex(Buffer.alloc(49)) },
        { dstService: hex(Buffer.alloc(65)) }, { payload: hex(Buffer.alloc(65537)) }, { service: hex(Buffer.alloc(65)) }];
      for (const over of bad) assert.equal((await sendOf(b, over)).ok, false, JSON.stringify(over).slice(0, 60));
      const r = await sendOf(b, { gradeMin: 3, dstChain: hex(Buffer.alloc(48, 65)), dstService: hex(Buffer.alloc(64, 66)), payload: hex(Buffer.alloc(65536, 1)) });
      assert.equal(r.records[0].payload.length, 65536);
      assert.equal((await sendOf(b, { payload: '0x' })).records[0].payload.length, 0);
    });

    test('only a service\'s own contract sends in its name', async () => {
      const b = await Bench.make(chain(), { services: ['service', 'other'] });
      assert.equal((await sendOf(b, {}, 'other')).ok, false);
      assert.match((await b.send('send', [message()])).reason, /^E_PERMISSION/, 'nor an administrator');
      assert.equal((await sendOf(b, { service: name('nobody') })).ok, false);
      await b.send('setService', [name('service'), b.service.service.at, 100_000, '0x00000000', true, false]);
      assert.equal((await sendOf(b)).ok, false, 'one that may not send');
      assert.equal(await b.view('lastSent', [name('service'), name(PEER), name('source')]), 0n, 'no number was burnt');
      assert.equal((await sendOf(b, { service: name('other') }, 'other')).records[0].sequence, 1n);
    });

    test('a lane keeps the order that it opened with', async () => {
      const b = await Bench.make(chain());
      assert.equal((await sendOf(b, { order: 2 })).records[0].order, 2);
      assert.equal((await sendOf(b, { order: 1 })).ok, false);
      assert.equal((await sendOf(b, { order: 2 })).records[0].sequence, 2n);
    });

    test('a revert of the service burns no number', async () => {
      const b = await Bench.make(chain());
      const data = Bench.encode('TestService', 'send', [b.at, message()]);
      assert.equal((await chain().transact({ to: b.service.service.at, data, gas: 60_000n })).ok, false);
      assert.equal((await sendOf(b)).records[0].sequence, 1n);
    });
  });

  describe('acknowledgement', () => {
    async function sent(config) {
      const b = await Bench.make(chain(), config);
      await sendOf(b);
      await sendOf(b);
      const commitments = [await open(b, 1), await open(b, 2)].map((c) => Buffer.from(c.slice(2), 'hex'));
      return { b, commitments };
    }

    test('closes the number, once', async () => {
      const { b, commitments: [one] } = await sent();
      const first = ack(b, 1, one);
      const r = await b.deliver(first);
      assert.deepEqual(r.done.map((d) => [d.status, d.code, d.again]), [[1, 0, 0]]);
      assert.equal(await open(b, 1), hex(ZERO));
      assert.notEqual(await open(b, 2), hex(ZERO));
      assert.equal(await b.calls(), 1);
      const second = ack(b, 1, one, { payload: ackPayload({ commitment: one, status: 3 }) });
      assert.deepEqual((await b.deliver(second)).done.map((d) => [d.status, d.code, d.again]), [[4, 0, 0]], 'a closed number');
      assert.deepEqual((await b.deliver([first, second])).done.map((d) => [d.status, d.again]), [[1, 1], [4, 1]]);
      assert.equal(await b.calls(), 1);
    });

    test('of another commitment, number or lane is refused without a call', async () => {
      const { b, commitments: [one, two] } = await sent();
      const wrong = [ack(b, 1, two), ack(b, 3, one), ack(b, 3, ZERO), ack(b, 99, ZERO), ack(b, 1, one, { srcService: 'other' }), ack(b, 1, one, { srcChain: 'city-411000' }),
        ack(b, 1, one, { dstService: 'nobody' }), ack(b, 1, ZERO)];
      const r = await b.deliver(wrong);
      assert.deepEqual(r.done.map((d) => [d.status, d.code, d.again]), wrong.map(() => [4, 0, 0]));
      assert.equal(await b.calls(), 0);
      assert.equal(await open(b, 1), hex(one));
      assert.equal((await b.deliver(ack(b, 1, one))).done[0].status, 1);
    });

    test('that fails takes its mark back and leaves the number open', async () => {
      const { b, commitments: [one] } = await sent();
      await b.tell('service', 'plan', [1, '0x']);
      const i = ack(b, 1, one);
      for (let tries = 0; tries < 2; tries++) {
        assert.deepEqual((await b.deliver(i)).done.map((d) => [d.status, d.code, d.again]), [[2, 1, 0]]);
        assert.equal(await b.statusOf(i), 0);
        assert.equal(await open(b, 1), hex(one));
      }
      await b.tell('service', 'plan', [0, '0x']);
      assert.deepEqual((await b.deliver(i)).done.map((d) => [d.status, d.again]), [[1, 0]]);
      assert.equal(await open(b, 1), hex(ZERO));
      assert.equal(await b.calls(), 1);
    });

    test('needs no allow list, and waits while its chain is halted', async () => {
      const { b, commitments: [one] } = await sent();
      await b.send('setService', [name('service'), b.service.service.at, 1_500_000, '0x00000000', false, false]);
      const i = ack(b, 1, one);
      await b.deliver(b.hub.append({ kind: 9, gradeMin: 0, srcService: '', dstService: '', srcChain: PEER, payload: Buffer.alloc(8) }));
      assert.deepEqual((await b.deliver(i)).done, []);
      await b.deliver(b.hub.append({ kind: 10, gradeMin: 0, srcService: '', dstService: '', srcChain: PEER, sequence: 2n, payload: Buffer.alloc(8) }));
      assert.equal((await b.deliver(i)).done[0].status, 1);
    });

    test('is not open to its own target', async () => {
      const { b, commitments: [one] } = await sent();
      const i = ack(b, 1, one);
      await b.tell('service', 'plan', [5, hex(b.hub.delivery([i]))]);
      assert.equal((await b.deliver(i)).done.length, 1);
      assert.equal(await b.ask('service', 'inner'), false);
      assert.equal(await b.calls(), 1);
    });

    test('what it says is read by the library for services', async () => {
      const { b } = await sent();
      const payload = ackPayload({ index: 9n, commitment: Buffer.alloc(32, 8), status: 4, code: 310, forced: 1, result: 'why' });
      assert.deepEqual([...await b.ask('service', 'readAck', [hex(payload)])], [9n, hex(Buffer.alloc(32, 8)), 4n, 310n, true, name('why')]);
      assert.deepEqual([...await b.ask('service', 'readDecision', [hex(Buffer.concat([Buffer.alloc(7), Buffer.from([6]), Buffer.alloc(32, 1)]))])], [6n, hex(Buffer.alloc(32, 1))]);
      await assert.rejects(b.ask('service', 'readDecision', ['0x00']));
    });
  });
}
