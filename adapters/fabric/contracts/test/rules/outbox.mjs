// What goes out.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { ZERO, blob16, blob32, str8, u64 } from '../support/bytes.mjs';
import { Channel, idOf } from '../support/channel.mjs';

const message = (over = {}) => {
  const m = { service: 'service', dstChain: 'city-410100', dstService: 'far', deadlineMs: 9n, grant: ZERO, payload: 'sent', ...over };
  return Buffer.concat([blob16(m.service), str8(m.dstChain), blob16(m.dstService), u64(m.deadlineMs), m.grant, blob32(m.payload)]);
};

export function outboxRules(suite) {
  const make = (options) => Channel.make(suite, options);
  const send = (c, ...args) => c.invoke('sender', 'sendMessage', ...args);

  describe(`${suite.name}: sending`, () => {
    test('numbers each lane from 1, and says who sent', async () => {
      const c = await make({ services: ['service', 'other'] });
      for (const [over, sequence] of [[{}, 1n], [{}, 2n], [{ dstService: 'fare' }, 1n], [{ dstChain: 'city-410101' }, 1n], [{ service: 'other' }, 1n], [{}, 3n]]) {
        const r = await send(c, message(over));
        assert.equal(r.records.length, 1, r.reason);
        const [p] = r.records;
        assert.deepEqual([p.sequence, p.hub, p.srcChain, p.srcService, p.packetKind, p.order, p.gradeMin, p.deadlineMs],
          [sequence, c.hub.name, c.hub.chain, over.service ?? 'service', 1, 1, 1, 9n]);
        assert.ok(p.sender.equals(createHash('sha256').update(idOf('sender')).digest()));
      }
      const last = await c.must('anyone', 'lastSent', 'service', 'city-410100', 'far');
      assert.equal(last.payload.toString(), '3');
    });

    test('is for those whom the service names, and for services', async () => {
      const c = await make();
      assert.equal((await c.invoke('anyone', 'sendMessage', message())).reason, 'E_PERMISSION');
      assert.equal((await send(c, message({ service: 'nobody' }))).reason, 'E_PERMISSION');
      assert.equal((await c.must('anyone', 'callService', 'service', 'send', 'p')).records[0].sequence, 1n);
      await c.must('admin', 'setService', 'service', 'true', 'false', JSON.stringify([idOf('sender')]));
      assert.equal((await send(c, message())).reason, 'E_PERMISSION');
      assert.equal((await c.invoke('anyone', 'callService', 'service', 'send', 'p')).reason, 'E_PERMISSION');
      assert.equal((await c.invoke('anyone', 'callService', 'service', 'refuse')).reason, 'E_STATE: not today');
      for (const method of ['none', 'constructor', 'toString']) {
        assert.equal((await c.invoke('anyone', 'callService', 'service', method)).reason, 'E_METHOD_UNKNOWN');
      }
      assert.equal((await c.invoke('anyone', 'callService', 'nobody', 'send')).reason, 'E_METHOD_UNKNOWN');
    });

    test('keeps a lane\'s order, and takes kinds that a service may send', async () => {
      const c = await make();
      assert.ok((await send(c, message(), '4', '2', '3', 'ab'.repeat(32))).ok);
      assert.equal((await send(c, message(), '1', '1')).reason, 'E_LANE_ORDER');
      for (const kind of ['7', '8']) assert.ok((await send(c, message(), kind, '2')).ok);
      for (const kind of ['0', '2', '3', '5', '6', '9', '10', '11', 'x']) assert.equal((await send(c, message(), kind, '2')).reason, 'E_FIELD_UNKNOWN: kind');
      assert.equal((await send(c, message(), '1', '3')).reason, 'E_FIELD_UNKNOWN: order');
      assert.equal((await send(c, message(), '1', '2', '4')).reason, 'E_RANGE: grade_min');
      assert.equal((await send(c, message(), '1', '2', '1', 'ab')).reason, 'E_LEN: group');
      assert.equal((await send(c, message({ dstChain: '' }))).reason, 'E_LIMIT: dst_chain');
      assert.equal((await send(c, message({ payload: Buffer.alloc(65537) }))).reason, 'E_LIMIT');
      assert.equal((await send(c, message().subarray(1))).ok, false);
      assert.equal((await send(c)).reason, 'E_FIELD_MISSING: arguments');
      assert.equal((await c.must('anyone', 'lastSent', 'service', 'city-410100', 'far')).payload.toString(), '3', 'what was refused took no number');
    });
  });
}
