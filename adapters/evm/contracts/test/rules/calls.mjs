// Steps 3 to 6 for kinds 1, 4, 7, 8: once, in bounds, on the allow list, undone where it fails.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ethers } from 'ethers';
import { Bench } from '../support/bench.mjs';
import { NONE, commitmentOf, hex } from '../support/bytes.mjs';
import { Hub } from '../support/hub.mjs';

const MODE = { Hash: 0, Fail: 1, Burn: 2, Long: 3, Bomb: 4, Reenter: 5, Send: 6, NeedGas: 7, CallInside: 8, Longest: 9, Step: 10 };
const MESSAGE = 'tuple(uint8 kind, uint64 index, bytes32 commitment, bytes srcChain, bytes srcService, bytes dstService, uint64 sequence, ' +
  'uint64 deadlineMs, bytes sender, bytes32 grant, bytes32 group, bytes payload)';
const abi = ethers.AbiCoder.defaultAbiCoder();
const name = (s) => hex(Buffer.from(s));

export function callRules(chain) {
  const outcome = (d) => [d.index, d.status, d.code, d.again];

  describe('call', () => {
    test('runs once and is told again', async () => {
      const b = await Bench.make(chain());
      const grant = Buffer.alloc(32, 4);
      const group = Buffer.alloc(32, 5);
      const i = b.hub.append({ sender: 'me', grant, group, deadlineMs: 1n << 62n });
      const first = await b.deliver(i);
      assert.deepEqual(first.records.map((r) => r.kind), ['STATE', 'DONE']);
      assert.deepEqual(outcome(first.done[0]), [0n, 1, 0, 0]);
      assert.ok(first.done[0].result.equals(b.hub.hash(Buffer.from('payload'))));
      assert.ok(first.done[0].commitment.equals(b.hub.packets[i].commitment));
      const [seen] = abi.decode([MESSAGE], await b.ask('service', 'last'));
      assert.deepEqual([...seen], [1n, 0n, hex(b.hub.packets[i].commitment), name('city-410100'), name('source'), name('service'), 1n, 1n << 62n,
        name('me'), hex(grant), hex(group), name('payload')]);
      const second = await b.deliver(i);
      assert.deepEqual(second.done.map(outcome), [[0n, 1, 0, 1]]);
      assert.equal(second.done[0].result.length, 0);
      assert.ok(second.done[0].commitment.equals(b.hub.packets[i].commitment));
      assert.equal(await b.calls(), 1);
    });

    test('the same index twice in a batch, and in any order', async () => {
      const b = await Bench.make(chain());
      for (let i = 1n; i <= 8n; i++) b.hub.append({ sequence: i });
      const r = await b.deliver([7, 0, 7, 3]);
      assert.deepEqual(r.done.map(outcome), [[7n, 1, 0, 0], [0n, 1, 0, 0], [7n, 1, 0, 1], [3n, 1, 0, 0]]);
      assert.equal(r.events.length, 1, 'one event a call');
      assert.equal(await b.calls(), 3);
    });

    test('outcomes of indices that share a word of storage', async () => {
      const b = await Bench.make(chain(), { services: ['service', 'fail'] });
      await b.tell('fail', 'plan', [MODE.Fail, '0x']);
      for (let i = 0; i < 14; i++) b.hub.append({ sequence: BigInt(i + 1), dstService: ['service', 'fail', 'nobody'][i % 3] });
      await b.deliver([12, 4, 0, 9, 8, 1]);
      for (let i = 0; i < 14; i++) {
        const kept = [12, 4, 0, 9, 8, 1].includes(i) ? [[1n, 0n], [2n, 1n], [4n, 317n]][i % 3] : [0n, 0n];
        assert.deepEqual([...await b.view('outcomeOf', [i])], kept, `index ${i}`);
      }
      const r = await b.deliver([4, 8]);
      assert.deepEqual(r.done.map(outcome), [[4n, 2, 1, 1], [8n, 4, 317, 1]]);
    });

    test('the other kinds that a service is called with', async () => {
      const b = await Bench.make(chain());
      for (const kind of [4, 7, 8]) {
        const r = await b.deliver(b.hub.append({ kind }));
        assert.equal(r.done[0].status, 1);
        assert.equal(abi.decode([MESSAGE], await b.ask('service', 'last'))[0].kind, BigInt(kind));
      }
    });

    test('a failing one is an error, undone, and the batch goes on', async () => {
      const b = await Bench.make(chain(), { services: ['service', 'fail', 'burn'] });
      await b.tell('fail', 'plan', [MODE.Fail, '0x']);
      await b.tell('burn', 'plan', [MODE.Burn, '0x']);
      const all = ['service', 'fail', 'service', 'burn', 'service'].map((dstService, i) => b.hub.append({ dstService, sequence: BigInt(i + 1) }));
      const r = await b.deliver(all);
      assert.deepEqual(r.done.map((d) => [d.status, d.code, d.result.length]), [[1, 0, 32], [2, 1, 0], [1, 0, 32], [2, 1, 0], [1, 0, 32]]);
      assert.equal(await b.calls(), 3);
      assert.equal(await b.calls('fail'), 0);
      assert.equal(await b.calls('burn'), 0);
      await b.tell('fail', 'plan', [MODE.Hash, '0x']);
      assert.deepEqual((await b.deliver(1)).done.map(outcome), [[1n, 2, 1, 1]], 'it stays spent');
      assert.equal(await b.calls('fail'), 0);
    });

    test('answers that are too long, or none', async () => {
      const b = await Bench.make(chain());
      const plan = async (mode) => {
        await b.tell('service', 'plan', [mode, '0x']);
        const before = await b.calls();
        const r = await b.deliver(b.hub.append());
        return { ...r.done[0], ran: await b.calls() - before };
      };
      const longest = await plan(MODE.Longest);
      assert.deepEqual([longest.status, longest.result.length, longest.ran], [1, 4096, 1]);
      for (const mode of [MODE.Long, MODE.Bomb]) {
        const d = await plan(mode);
        assert.deepEqual([d.status, d.code, d.result.length, d.ran], [2, 113, 0, 0]);
      }
      await b.addService('odd', { contract: 'OddAnswer' });
      await b.addService('fallback', { contract: 'FallbackOnly' });
      const odd = async (answer) => {
        if (answer) await b.tell('odd', 'plan', [answer]);
        const service = answer ? 'odd' : 'fallback';
        const before = await b.calls(service);
        const r = await b.deliver(b.hub.append({ dstService: service }));
        return [r.done[0].status, r.done[0].code, await b.calls(service) - before];
      };
      assert.deepEqual(await odd(null), [2, 105, 0], 'a fallback that wrote');
      for (const answer of [[], [32], [64, 0], [32, 1], [32, 0, 0], [32, 33, 1], [32, 4097], [32, (1n << 256n) - 1n], [32, (1n << 256n) - 31n]]) {
        assert.deepEqual(await odd(answer), [2, 105, 0], `${answer}`);
      }
      assert.deepEqual(await odd([32, 0]), [1, 0, 1]);
      assert.deepEqual(await odd([32, 32, 7]), [1, 0, 1]);
    });

    test('only what is on the allow list', async () => {
      const b = await Bench.make(chain(), { services: ['service', 'closed'], recoverers: [chain().accounts[5]], recoverQuorum: 1, recoverDelayMs: 86_400_000 });
      await b.send('setService', [name('closed'), b.service.closed.at, 1_500_000, '0x00000000', false, true]);
      const ask = async (dstService) => {
        const r = await b.deliver(b.hub.append({ dstService }));
        return [r.done[0].status, r.done[0].code, r.done[0].again];
      };
      for (const dstService of ['closed', 'unknown', 'Service', 'service\0', 'servic', '']) {
        assert.deepEqual(await ask(dstService), [4, 317, 0], dstService);
      }
      assert.equal(await b.calls('closed'), 0);
      assert.ok((await b.send('addAdministrator', [b.service.service.at])).ok);
      assert.deepEqual(await ask('service'), [4, 317, 0], 'an administrator is not called');
      assert.ok((await b.send('removeAdministrator', [b.service.service.at])).ok);
      assert.deepEqual(await ask('service'), [1, 0, 0]);
    });

    test('what can never be registered', async () => {
      const b = await Bench.make(chain(), { services: ['service'], recoverers: [chain().accounts[5]], recoverQuorum: 1, recoverDelayMs: 86_400_000 });
      const good = b.service.service.at;
      const set = (target, text = 'x', gas = 100_000) => b.send('setService', [name(text), target, gas, '0x00000000', true, true]);
      const low = ['0x0000000000000000000000000000000000000000', '0x0000000000000000000000000000000000000001',
        '0x000000000000000000000000000000000000100a', '0x0000000000000000000000000000000000001003', '0x0000000000000000000000000000000000010001'];
      for (const target of [b.at, b.admin, chain().accounts[5], chain().accounts[7], ...low]) {
        assert.match((await set(target)).reason, /^E_TARGET_FORBIDDEN/, target);
      }
      assert.match((await set(good, '')).reason, /^E_LIMIT/);
      assert.match((await set(good, 'x'.repeat(65))).reason, /^E_LIMIT/);
      assert.match((await set(good, 'x', 19_999)).reason, /^E_RANGE/);
      assert.ok((await set(good, 'x'.repeat(64), 20_000)).ok);
    });

    test('a target that is gone is an error', async () => {
      const b = await Bench.make(chain(), { services: [] });
      await b.addService('service', { contract: 'Insider' });
      await b.tell('service', 'end', []);
      const r = await b.deliver(b.hub.append());
      assert.deepEqual([r.done[0].status, r.done[0].code], [2, 1]);
    });

    test('a target with another compiler\'s selector', async () => {
      const b = await Bench.make(chain(), { services: [] });
      await b.addService('odd', { contract: 'OddAnswer', selector: '0x12345678' });
      await b.tell('odd', 'plan', [[32, 0]]);
      assert.equal((await b.deliver(b.hub.append({ dstService: 'odd' }))).done[0].status, 1);
      assert.equal((await b.view('service', [name('odd')])).selector, '0x12345678');
    });
  });

  describe('re-entrance', () => {
    test('a target does not come in again', async () => {
      const b = await Bench.make(chain());
      const one = b.hub.append();
      const two = b.hub.append({ sequence: 2n });
      await b.tell('service', 'plan', [MODE.Reenter, hex(b.hub.delivery([one, two]))]);
      const r = await b.deliver(one);
      assert.deepEqual(r.done.map(outcome), [[0n, 1, 0, 0]]);
      assert.equal(await b.ask('service', 'inner'), false);
      assert.equal(await b.calls(), 1);
      const set = b.hub.endEpoch();
      await b.tell('service', 'plan', [MODE.Step, hex(set)]);
      await b.deliver(two, { height: 11n });
      assert.equal(await b.ask('service', 'inner'), false);
      assert.equal(await b.view('epoch'), 1n);
      assert.ok((await b.send('stepEpoch', [hex(set)])).ok, 'alone it comes through');
    });

    test('nor by the door that the inbox uses itself', async () => {
      const b = await Bench.make(chain());
      const one = b.hub.append();
      const { bytes } = b.hub.packets[one];
      await b.tell('service', 'plan', [MODE.CallInside, hex(bytes)]);
      await b.deliver(one);
      assert.equal(await b.ask('service', 'inner'), false);
      const outside = await b.send('callService', [0, hex(b.hub.packets[one].commitment), hex(bytes)]);
      assert.match(outside.reason, /^E_PERMISSION/);
      assert.equal(await b.calls(), 1);
    });

    test('nor by an administrator that is a contract', async () => {
      const b = await Bench.make(chain(), { services: [] });
      await b.addService('helper', { contract: 'Insider' });
      await b.addService('service', { contract: 'Insider' });
      const helper = b.service.helper.at;
      assert.ok((await b.send('addAdministrator', [helper])).ok);
      const account = chain().accounts[6];
      const calls = [['addAdministrator', [account]], ['removeAdministrator', [b.admin]],
        ['setService', [name('y'), b.service.service.at, 100_000, '0x00000000', true, true]], ['setPaused', [true]]];
      for (const [method, args] of calls) {
        const inbox = Bench.encode('Yuqiao', method, args);
        await b.tell('service', 'plan', [helper, Bench.encode('Insider', 'run', [b.at, inbox])]);
        const r = await b.deliver(b.hub.append());
        assert.equal(r.done[0].status, 1);
        assert.equal(await b.ask('service', 'inner'), false, method);
      }
      assert.equal(await b.view('paused'), false);
      assert.equal(await b.view('isAdministrator', [account]), false);
      assert.ok((await b.tell('helper', 'run', [b.at, Bench.encode('Yuqiao', 'setPaused', [true])])).ok, 'alone it comes through');
    });

    test('sending from inside is what services do', async () => {
      const b = await Bench.make(chain());
      const message = { kind: 8, order: 1, gradeMin: 1, service: name('service'), dstChain: name('city-410100'), dstService: name('source'), deadlineMs: 0,
        grant: hex(Buffer.alloc(32)), group: hex(Buffer.alloc(32)), payload: name('answer') };
      const encoded = abi.encode(['tuple(uint8,uint8,uint8,bytes,bytes,bytes,uint64,bytes32,bytes32,bytes)'], [Object.values(message)]);
      await b.tell('service', 'plan', [MODE.Send, encoded]);
      const r = await b.deliver(b.hub.append({ kind: 7 }));
      assert.deepEqual(r.events.map((e) => e.map((x) => x.kind)), [['SENT'], ['STATE', 'DONE']]);
      assert.equal(r.records[0].packetKind, 8);
      await b.send('setService', [name('service'), b.service.service.at, 1_500_000, '0x00000000', true, false]);
      const refused = await b.deliver(b.hub.append({ kind: 7 }));
      assert.deepEqual(refused.records.map((x) => [x.kind, x.status]), [['DONE', 2]]);
      assert.equal(await b.view('lastSent', [name('service'), name('city-410100'), name('source')]), 1n);
    });
  });

  describe('deadline, floor, kinds', () => {
    test('a deadline is absolute', async () => {
      const b = await Bench.make(chain());
      const unit = BigInt(chain().clockMs);
      const cases = [[0n, 3], [unit, 1], [-unit, 3], [1n - unit, 3], [1n, 1], [null, 1], [-100_000n, 3]];
      for (const [later, status] of cases) {
        const now = (chain().timeMs / 1000n + 10n) * 1000n;
        const deadlineMs = later === null ? 0n : now + later;
        const i = b.hub.append({ deadlineMs });
        const before = await b.calls();
        chain().setTime(now);
        const r = await b.deliver(i);
        assert.equal(r.done[0].status, status, `${later}`);
        assert.equal(r.done[0].code, 0);
        assert.equal(await b.calls() - before, status === 1 ? 1 : 0);
        assert.deepEqual((await b.deliver(i)).done.map((d) => [d.status, d.again]), [[status, 1]]);
      }
    });

    test('a chain without a clock leaves it out', async () => {
      const b = await Bench.make(chain(), { clockMs: 0 });
      assert.equal((await b.deliver(b.hub.append({ deadlineMs: 1n }))).done[0].status, 1);
    });

    test('indices below the floor are skipped', async () => {
      const b = await Bench.make(chain(), { floor: 2 });
      for (let i = 1n; i <= 3n; i++) b.hub.append({ sequence: i });
      const r = await b.deliver([0, 1, 2]);
      assert.deepEqual(r.done.map(outcome), [[2n, 1, 0, 0]]);
      assert.equal(await b.statusOf(1), 0);
      assert.equal(await b.calls(), 1);
    });

    test('kinds of a later version are skipped without a mark', async () => {
      const b = await Bench.make(chain());
      for (const kind of [0, 11, 99, 255]) {
        const i = b.hub.append({ kind });
        const after = b.hub.append();
        const r = await b.deliver([i, after]);
        assert.ok(r.ok, r.reason);
        assert.deepEqual(r.done.map((d) => d.index), [BigInt(after)]);
        assert.equal(await b.statusOf(i), 0);
        assert.match((await b.deliver(i, { spoilPacket: true })).reason, /^E_PROOF/);
      }
    });

    test('the commitments that the hub\'s own code publishes', async () => {
      // docs: relay/hub/test_commitment.c, destination city-410300, index 5 of 6.
      const want = {
        1: ['9d800a74f0c078b774fc35e0e140e862bd36c952b1a9899b3243e9012e422594', '1e4d94c8659a4e4ba6be33f6e53a978f4d6aab4d35f8cd9558265d3d2906ae8a',
          '871924757a25a1d494d6104a0cee8eab225f452f900c61f6bbb3c60b0a00a28f'],
        3: ['2ba09e2f2d1b94b729963874feb23982d649ff705c1d6fa92b8d077aeb311093', 'c3dd23709a150aa09c67cfe829cb5270804f27ade01b94a4ec8e8952275b108d',
          '9f02f9faa5093ec3e2fc28aa8eb5bfb167b34a55680ec3766baf02833376d035'],
      }[chain().suite.suite];
      const hub = new Hub(chain().suite);
      const vector = {
        gradeMin: 3, srcService: 'evidence', dstService: 'archive', sequence: 7n, deadlineMs: 1700000000000n, sender: Buffer.from('112233', 'hex'),
        grant: Buffer.from(Array.from({ length: 32 }, (_, i) => i)), group: Buffer.alloc(32, 0xaa), payload: 'payload of the message' };
      for (let i = 1n; i <= 5n; i++) hub.append({ sequence: i });
      const i = hub.append(vector);
      const b = await Bench.make(chain(), { hub, services: ['archive'], clockMs: 0 });
      const r = await b.deliver(i);
      assert.equal(r.done[0].commitment.toString('hex'), want[0]);
      assert.equal(hub.leaf(i).toString('hex'), want[1]);
      assert.equal(hub.exportLeaf('city-410300', 6n, hub.leaf(i)).toString('hex'), want[2]);
      assert.ok(commitmentOf(chain().suite.hash, hub.packet(vector)).equals(r.done[0].commitment));
      assert.equal(r.done[0].status, 1);
    });

    test('nobody without a proof spends anything', async () => {
      const b = await Bench.make(chain());
      b.hub.append();
      assert.ok(!(await b.deliver(0, { signers: [0] })).ok);
      assert.ok(!(await b.deliverBytes(Buffer.alloc(0))).ok);
      assert.ok(!(await b.deliver(0, { index: NONE })).ok);
      assert.ok((await b.deliver(0)).done[0].status === 1);
    });
  });
}
