// Pausing, services, administrators, deployment.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Channel, idOf } from '../support/channel.mjs';

export function administrationRules(suite) {
  const make = (options) => Channel.make(suite, options);

  describe(`${suite.name}: administration`, () => {
    test('the first event is STATE', async () => {
      const c = await make();
      const [s] = c.deployment.records;
      assert.deepEqual([s.kind, s.epoch, s.height, s.paused], ['STATE', 1n, 0n, 0]);
      assert.ok(s.setHash.equals(c.hub.setHash()));
      const asked = await c.must('anyone', 'state');
      assert.ok(asked.payload.equals(c.deployment.raw));
      assert.equal(asked.raw.length, 0, 'no event');
      assert.equal(asked.writes.size, 0);
    });

    test('a paused inbox takes and sends nothing, and repeats nothing', async () => {
      const c = await make();
      assert.equal((await c.must('admin', 'setPaused', 'true')).state.paused, 1);
      assert.equal((await c.deliver(c.hub.append())).reason, 'E_HELD: paused');
      assert.equal((await c.invoke('anyone', 'callService', 'service', 'send', 'p')).reason, 'E_HELD: paused');
      assert.equal((await c.invoke('admin', 'setPaused', 'true')).reason, 'E_STATE');
      assert.equal((await c.must('anyone', 'state')).payload.at(-1), 1);
      assert.equal((await c.must('admin', 'setPaused', 'false')).state.paused, 0);
      assert.equal((await c.deliver(0)).done[0].status, 1);
      assert.equal((await c.invoke('admin', 'setPaused', 'yes')).reason, 'E_TYPE: true or false');
    });

    test('is for administrators', async () => {
      const c = await make();
      for (const call of [['setPaused', 'true'], ['setService', 'service', 'true', 'true'], ['addAdministrator', idOf('anyone')], ['removeAdministrator', idOf('admin')]]) {
        assert.equal((await c.invoke('anyone', ...call)).reason, 'E_PERMISSION', call[0]);
      }
      await c.must('admin', 'addAdministrator', idOf('second'));
      assert.equal((await c.invoke('admin', 'addAdministrator', idOf('second'))).reason, 'E_CONFIG_INVALID: administrator');
      assert.equal((await c.invoke('admin', 'addAdministrator', 'nobody')).reason, 'E_CONFIG_INVALID: administrator');
      await c.must('second', 'removeAdministrator', idOf('admin'));
      assert.equal((await c.invoke('admin', 'setPaused', 'true')).reason, 'E_PERMISSION');
      assert.equal((await c.invoke('second', 'removeAdministrator', idOf('admin'))).reason, 'E_NOT_FOUND');
      assert.equal((await c.invoke('second', 'removeAdministrator', idOf('second'))).reason, 'E_STATE: the last one');
    });

    test('registers services that are there', async () => {
      const c = await make();
      assert.equal((await c.invoke('admin', 'setService', 'nobody', 'true', 'true')).reason, 'E_TARGET_FORBIDDEN: no service of this name');
      assert.equal((await c.invoke('admin', 'setService', 'service', 'maybe', 'true')).reason, 'E_TYPE: true or false');
      assert.equal((await c.invoke('admin', 'setService', 'service', 'true', 'true', '{}')).reason, 'E_TYPE: service');
    });

    test('a configuration has to be one, and is given once', async () => {
      for (const over of [
        { hub: 'ab' }, { chain: 'c'.repeat(49) }, { chainIdHash: '00'.repeat(32) }, { chainIdHash: 'ab' }, { set: 'zz' }, { administrators: [] },
        { administrators: [idOf('a'), idOf('a')] }, { administrators: ['a'] }, { floor: '-1' }]) {
        await assert.rejects(make({ over }), { message: /^E_CONFIG_INVALID|^E_TRUNCATED/ }, JSON.stringify(over));
      }
      await assert.rejects(make({ over: { suite: 3 } }), { message: 'E_UNSUPPORTED: suite' });
      const c = await make();
      assert.equal((await c.init({})).reason, 'E_EXISTS');
      const upgraded = await c.upgrade();
      assert.ok(upgraded.ok && upgraded.writes.size === 0, upgraded.reason);
      c.state.clear();
      assert.equal((await c.upgrade()).reason, 'E_FIELD_MISSING: configuration');
      assert.equal((await c.invoke('anyone', 'state')).reason, 'E_STATE: not initialized');
      for (const method of ['none', 'constructor', '']) assert.equal((await c.invoke('anyone', method)).reason, 'E_METHOD_UNKNOWN');
    });
  });
}
