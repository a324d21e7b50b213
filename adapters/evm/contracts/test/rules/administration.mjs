// Who may do what; pausing; deployment; the last exit.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ethers } from 'ethers';
import { Bench } from '../support/bench.mjs';
import { hex } from '../support/bytes.mjs';
import { Hub } from '../support/hub.mjs';

const name = (s) => hex(Buffer.from(s));
const DAY = 86_400_000;

export function administrationRules(chain) {
  describe('administration', () => {
    test('is for administrators alone', async () => {
      const b = await Bench.make(chain());
      const stranger = { from: chain().accounts[9] };
      const calls = [['setPaused', [true]], ['addAdministrator', [chain().accounts[9]]], ['removeAdministrator', [b.admin]],
        ['setService', [name('service'), b.service.service.at, 100_000, '0x00000000', true, true]]];
      for (const [method, args] of calls) assert.match((await b.send(method, args, stranger)).reason, /^E_PERMISSION/, method);
      const other = chain().accounts[1];
      assert.ok((await b.send('addAdministrator', [other])).ok);
      assert.match((await b.send('addAdministrator', [other])).reason, /^E_CONFIG_INVALID/);
      assert.match((await b.send('addAdministrator', [ethers.ZeroAddress])).reason, /^E_CONFIG_INVALID/);
      assert.ok((await b.send('removeAdministrator', [b.admin], { from: other })).ok);
      assert.match((await b.send('setPaused', [true])).reason, /^E_PERMISSION/);
      assert.match((await b.send('removeAdministrator', [b.admin], { from: other })).reason, /^E_NOT_FOUND/);
      assert.match((await b.send('removeAdministrator', [other], { from: other })).reason, /^E_STATE/, 'the last one stays');
    });

    test('pauses and goes on, and tells it', async () => {
      const b = await Bench.make(chain());
      b.hub.append();
      const paused = await b.send('setPaused', [true]);
      assert.deepEqual(paused.records.map((r) => [r.kind, r.paused]), [['STATE', 1]]);
      assert.match((await b.send('setPaused', [true])).reason, /^E_STATE/);
      assert.match((await b.deliver(0)).reason, /^E_HELD/);
      assert.match((await b.deliver(0, {}, { from: b.admin })).reason, /^E_HELD/);
      const message = { kind: 1, order: 1, gradeMin: 1, service: name('service'), dstChain: name('city-410100'), dstService: name('source'), deadlineMs: 0,
        grant: hex(Buffer.alloc(32)), group: hex(Buffer.alloc(32)), payload: '0x' };
      assert.equal((await b.tell('service', 'send', [b.at, message])).ok, false);
      assert.equal(await b.statusOf(0), 0);
      const on = await b.send('setPaused', [false]);
      assert.deepEqual(on.records.map((r) => [r.kind, r.paused]), [['STATE', 0]]);
      assert.equal((await b.deliver(0)).done[0].status, 1);
    });

    test('cannot make it accept', async () => {
      const b = await Bench.make(chain());
      b.hub.append();
      assert.match((await b.deliver(0, { signers: [0] }, { from: b.admin })).reason, /^E_QUORUM/);
      assert.match((await b.send('stepEpoch', [hex(b.hub.setOf(2n))])).reason, /^E_VALSET_HASH/);
      assert.match((await b.send('approveSet', [hex(b.hub.setOf(2n))])).reason, /^E_PERMISSION/);
    });
  });

  describe('deployment', () => {
    test('refuses what would not hold', async () => {
      const b = await Bench.make(chain(), { services: [] });
      const other = chain().suite.suite === 1 ? 3 : 1;
      const a = chain().accounts;
      const { hub } = b;
      const keys = hub.keys;
      const cases = {
        suite: { suite: 2 }, 'suite of another chain': { suite: other }, 'no suite': { suite: 0 }, 'no chain id hash': { chainIdHash: hex(Buffer.alloc(32)) },
        'no hub': { hub: '0x' }, 'short hub': { hub: name('ab') }, 'long hub': { hub: name('h'.repeat(49)) }, 'no chain': { ownChain: '0x' }, 'long chain': { ownChain: name('c'.repeat(49)) },
        'no administrators': { administrators: [] }, 'one twice': { administrators: [a[0], a[0]] }, 'nobody': { administrators: [ethers.ZeroAddress] },
        'clock too fast': { clockMs: chain().clockMs * 1000 > 65535 ? 65535 : chain().clockMs * 1000 }, 'clock too slow': chain().clockMs === 1 ? { clockMs: 60 } : { clockMs: 1 },
        'no set': { set: '0x' }, 'quorum': { set: hex(hub.setOf(1n, keys, { quorum: 1 })) }, 'nobody in the set': { set: hex(hub.setOf(1n, [], { quorum: 0 })) },
        'repeated key': { set: hex(hub.setOf(1n, [keys[0], keys[0], keys[1], keys[2]])) },
        'no delay': { recoverers: [a[1]], recoverQuorum: 1, recoverDelayMs: DAY - 1 },
        'half': { recoverers: [a[1], a[2]], recoverQuorum: 1, recoverDelayMs: DAY }, 'more than all': { recoverers: [a[1], a[2]], recoverQuorum: 3, recoverDelayMs: DAY },
        'none needed': { recoverers: [a[1]], recoverQuorum: 0, recoverDelayMs: DAY }, 'one for two': { recoverers: [a[1], a[1]], recoverQuorum: 2, recoverDelayMs: DAY },
        'nobody recovers': { recoverers: [ethers.ZeroAddress], recoverQuorum: 1, recoverDelayMs: DAY },
        'recovery without a clock': { recoverers: [a[1]], recoverQuorum: 1, recoverDelayMs: DAY, clockMs: 0 },
      };
      if (other === 3) {
        Object.assign(cases, { 'no verifier': { sm2: ethers.ZeroAddress }, 'an account': { sm2: a[3] }, 'another function': { sm2Function: 'sm2Verify(bytes32,bytes)' },
          'no shape': { sm2Shape: 0 }, 'another shape': { sm2Shape: 2 }, 'unknown shape': { sm2Shape: 3 }, 'another contract': { sm2: chain().sm2(2).sm2 } });
      }
      for (const [what, over] of Object.entries(cases)) {
        assert.equal((await b.deploy('Yuqiao', [b.configOf(over)])).ok, false, what);
      }
      assert.ok((await b.deploy('Yuqiao', [b.configOf({ hub: name('h'.repeat(48)), ownChain: name('c'.repeat(48)), administrators: a.slice(0, 3) })])).ok);
      assert.ok((await b.deploy('Yuqiao', [b.configOf({ hub: name('hub') })])).ok);
    });

    test('names of every length are kept whole', async () => {
      for (const n of [3, 31, 32, 33, 48]) {
        const hub = new Hub(chain().suite, { name: 'h'.repeat(n), chain: 'c'.repeat(n) });
        const b = await Bench.make(chain(), { hub });
        assert.equal(await b.view('hub'), name('h'.repeat(n)));
        assert.equal(await b.view('chain'), name('c'.repeat(n)));
        assert.equal((await b.deliver(hub.append())).done[0].status, 1, `${n}`);
      }
    });

    test('at a later epoch', async () => {
      const hub = new Hub(chain().suite);
      hub.endEpoch();
      hub.begin();
      const b = await Bench.make(chain(), { hub });
      assert.equal(b.deployment.state.epoch, 2n);
      assert.equal((await b.deliver(hub.append())).done[0].status, 1);
    });
  });

  describe('recovery', () => {
    const config = () => ({ recoverers: chain().accounts.slice(4, 7), recoverQuorum: 2, recoverDelayMs: DAY });
    const by = (i) => ({ from: chain().accounts[4 + i] });

    test('k of n name the next set, and after the delay it counts', async () => {
      const b = await Bench.make(chain(), config());
      b.hub.append();
      b.hub.endEpoch();
      const set = hex(b.hub.setOf(2n, b.hub.next));
      assert.ok((await b.send('approveSet', [set], by(0))).ok);
      assert.match((await b.send('approveSet', [set], by(0))).reason, /^E_EXISTS/);
      chain().setTime(chain().timeMs + BigInt(2 * DAY));
      assert.match((await b.send('stepEpoch', [set])).reason, /^E_VALSET_HASH/, 'one of three');
      assert.ok((await b.send('approveSet', [set], by(1))).ok);
      const at = chain().timeMs;
      chain().setTime(at + BigInt(DAY) - BigInt(chain().clockMs));
      assert.match((await b.send('stepEpoch', [set])).reason, /^E_VALSET_HASH/, 'too early');
      chain().setTime(at + BigInt(DAY));
      const r = await b.send('stepEpoch', [set], { from: chain().accounts[9] });
      assert.ok(r.ok, r.reason);
      assert.equal(r.state.epoch, 2n);
      b.hub.begin();
      assert.equal((await b.deliver(0)).done[0].status, 1);
      assert.match((await b.send('approveSet', [set], by(2))).reason, /^E_EPOCH_OLD/);
    });

    test('an approval can be taken back, and counts for one set', async () => {
      const b = await Bench.make(chain(), config());
      const keys = b.hub.keysOf(2n);
      const set = b.hub.setOf(2n, keys);
      const other = b.hub.setOf(2n, keys.slice(0, 3));
      const hash = hex(b.hub.setHash(set));
      await b.send('approveSet', [hex(set)], by(0));
      await b.send('approveSet', [hex(other)], by(1));
      chain().setTime(chain().timeMs + BigInt(2 * DAY));
      for (const s of [set, other]) assert.match((await b.send('stepEpoch', [hex(s)])).reason, /^E_VALSET_HASH/);
      await b.send('approveSet', [hex(set)], by(2));
      assert.match((await b.send('withdrawApproval', [hash], by(1))).reason, /^E_NOT_FOUND/);
      assert.ok((await b.send('withdrawApproval', [hash], by(2))).ok);
      chain().setTime(chain().timeMs + BigInt(2 * DAY));
      assert.match((await b.send('stepEpoch', [hex(set)])).reason, /^E_VALSET_HASH/);
      await b.send('approveSet', [hex(set)], by(2));
      assert.match((await b.send('stepEpoch', [hex(set)])).reason, /^E_VALSET_HASH/, 'the delay begins anew');
      chain().setTime(chain().timeMs + BigInt(DAY) + 1000n);
      assert.ok((await b.send('stepEpoch', [hex(set)])).ok);
    });

    test('nobody else, and no other epoch', async () => {
      const b = await Bench.make(chain(), config());
      const set = (epoch) => hex(b.hub.setOf(epoch, b.hub.keysOf(2n)));
      for (const from of [b.admin, chain().accounts[9]]) assert.match((await b.send('approveSet', [set(2n)], { from })).reason, /^E_PERMISSION/);
      for (const epoch of [1n, 3n]) assert.match((await b.send('approveSet', [set(epoch)], by(0))).reason, /^E_EPOCH_OLD/);
    });
  });
}
