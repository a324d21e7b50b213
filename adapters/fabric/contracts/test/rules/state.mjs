// What a light client needs: few keys, each read once, no empty values, no key of another's.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Channel } from '../support/channel.mjs';

export function stateRules(suite) {
  describe(`${suite.name}: state`, () => {
    test('each key is read once, and what is written is written once', async () => {
      const c = await Channel.make(suite);
      const some = Array.from({ length: 100 }, () => c.hub.append({ order: 2, sequence: BigInt(c.hub.packets.length + 1) }));
      const r = await c.deliver(some);
      assert.equal(r.done.length, 100);
      assert.equal(new Set(r.reads).size, r.reads.length);
      assert.ok([...r.writes.values()].every((v) => v === null || v.length > 0));
    });

    test('ten thousand packets need a handful of keys', async () => {
      const c = await Channel.make(suite);
      const before = c.state.size;
      for (let i = 0; i < 4; i++) {
        await c.deliver(Array.from({ length: 100 }, () => c.hub.append({ dstService: 'nobody' })));
      }
      assert.equal(c.state.size - before, 2, 'pages of 256 outcomes');
    });

    test('a service keeps to its part', async () => {
      const c = await Channel.make(suite, { services: ['service', 'other'] });
      c.service.service.plan = async ({ state }) => { state.put('k', Buffer.from('mine')); return Buffer.alloc(0); };
      c.service.other.plan = async ({ state }) => (await state.get('k')) ?? Buffer.from('none');
      await c.deliver(c.hub.append());
      assert.equal((await c.deliver(c.hub.append({ dstService: 'other' }))).done[0].result.toString(), 'none');
      c.service.service.plan = async ({ state }) => { state.delete('k'); state.delete('never'); return Buffer.alloc(0); };
      const r = await c.deliver(c.hub.append());
      assert.deepEqual([...r.writes].filter(([, v]) => v === null).map(([k]) => k.split('/')[2]), ['k']);
    });
  });
}
