// Certificates and epochs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Channel } from '../support/channel.mjs';
import { Hub } from '../support/hub.mjs';
import { u8, u16, u64, str8 } from '../support/bytes.mjs';

const other = Buffer.alloc(32, 9);

export function certificateRules(suite) {
  const make = (options) => Channel.make(suite, options);
  const refused = async (c, over, reason) => {
    const before = JSON.stringify([...c.state]);
    const r = await c.deliver(c.hub.append(), over);
    assert.equal(r.ok, false, reason);
    assert.equal(r.reason.slice(0, reason.length), reason);
    assert.equal(JSON.stringify([...c.state]), before, 'nothing has changed');
  };

  describe(`${suite.name}: certificates`, () => {
    test('of a quorum of distinct members are taken', async () => {
      const c = await make();
      for (const signers of [[0, 1, 2], [1, 2, 3], [0, 1, 2, 3]]) {
        c.hub.height += 1n;
        const r = await c.deliver(c.hub.append(), { signers });
        assert.equal(r.done[0].status, 1, r.reason);
        assert.equal(r.state.height, c.hub.height);
      }
    });

    test('of fewer, of strangers, with a signature that is none, are refused', async () => {
      const c = await make();
      await refused(c, { signers: [0, 1] }, 'E_QUORUM');
      await refused(c, { signers: [] }, 'E_QUORUM');
      await refused(c, { signers: [0, 1, 2], bitmap: [0, 1, 4] }, 'E_SIGNER_UNKNOWN');
      await refused(c, { signers: [0, 1, 2], bitmap: [0, 1, 31] }, 'E_SIGNER_UNKNOWN');
      await refused(c, { signers: [0, 0, 1], bitmap: [0, 1, 2] }, 'E_SIG');
      await refused(c, { keys: new Hub(suite).keysOf(7n) }, 'E_SIG');
      await refused(c, { sigs: (s) => s.slice(0, 2) }, 'E_TRUNCATED');
      await refused(c, { sigs: (s) => [...s, s[0]] }, 'E_TRAILING');
    });

    test('for another chain, epoch or purpose are refused', async () => {
      const c = await make();
      await refused(c, { infoChain: other }, 'E_DOMAIN');
      await refused(c, { epoch: 2n }, 'E_DOMAIN');
      if (suite.suite === 1) {
        await refused(c, { type: 3 }, 'E_DOMAIN: type');
        await refused(c, { infoView: 4n }, 'E_DOMAIN: view');
        await refused(c, { infoEpoch: 2n }, 'E_DOMAIN: view');
        await refused(c, { signedChain: other }, 'E_SIG');
      } else {
        await refused(c, { tag: 'YUQIAO-EXPORT-2' }, 'E_DOMAIN: export');
        await refused(c, { hub: 'other-hub' }, 'E_DOMAIN: export');
        await refused(c, { suite: 1 }, 'E_DOMAIN: export');
        await refused(c, { sigs: (s) => [highS(s[0]), ...s.slice(1)] }, 'E_SIG');
      }
      await refused(c, { deliverySuite: 3 - suite.suite }, 'E_UNSUPPORTED: suite');
      await refused(c, { certificate: Buffer.alloc(20) }, suite.suite === 1 ? 'E_TRUNCATED' : 'E_TRUNCATED');
    });

    test('the root that is kept never goes back, and proves without a certificate', async () => {
      const c = await make();
      const first = c.hub.append();
      c.hub.height = 20n;
      assert.equal((await c.deliver(first)).state.height, 20n);
      c.hub.height = 15n;
      const r = await c.deliver(c.hub.append());
      assert.equal(r.done[0].status, 1, 'proofs of the same epoch count');
      assert.equal(r.state, undefined);
      c.hub.packets.pop();
      const again = await c.deliver(first, { certificate: Buffer.alloc(0) });
      assert.equal(again.done[0].again, 1, again.reason);
      assert.equal((await c.deliver([], { certificate: Buffer.alloc(0) })).reason, 'E_SIGNATURES_MISSING');
    });

    test('a zero root proves nothing', async () => {
      const c = await make();
      await refused(c, { exportRoot: Buffer.alloc(32) }, 'E_ZERO_ROOT');
      await refused(c, { outboxRoot: Buffer.alloc(32) }, 'E_ZERO_ROOT');
    });
  });

  describe(`${suite.name}: epochs`, () => {
    test('go on one by one, by a certificate that names the next set', async () => {
      const c = await make();
      const set = c.hub.endEpoch();
      assert.equal((await c.invoke('anyone', 'stepEpoch', set)).reason, 'E_VALSET_HASH', 'not named yet');
      assert.ok((await c.deliver([])).ok);
      for (const [bytes, reason] of [
        [c.hub.setOf(3n, c.hub.next), 'E_EPOCH_OLD'], [c.hub.setOf(1n), 'E_EPOCH_OLD'], [c.hub.setOf(2n, c.hub.keys), 'E_VALSET_HASH'],
        [c.hub.setOf(2n, c.hub.next, { tail: Buffer.from([0]) }), 'E_TRAILING'], [set.subarray(0, -1), 'E_TRUNCATED']]) {
        assert.equal((await c.invoke('anyone', 'stepEpoch', bytes)).reason, reason);
      }
      const r = await c.invoke('anyone', 'stepEpoch', set);
      assert.equal(r.state.epoch, 2n);
      assert.ok(r.state.setHash.equals(c.hub.setHash(set)));
      assert.equal((await c.invoke('anyone', 'stepEpoch', set)).reason, 'E_EPOCH_OLD', 'once');
      const call = c.hub.append();
      assert.ok((await c.deliver(call)).reason.startsWith('E_DOMAIN'), 'the old set ends');
      c.hub.begin();
      assert.equal((await c.deliver(call)).done[0].status, 1);
    });

    test('a named set stays named by what came later', async () => {
      const c = await make();
      const set = c.hub.endEpoch();
      const named = c.hub.nextSet;
      await c.deliver([]);
      c.hub.nextSet = Buffer.alloc(32);
      c.hub.height += 1n;
      await c.deliver(c.hub.append());
      c.hub.nextSet = named;
      assert.ok((await c.invoke('anyone', 'stepEpoch', set)).ok);
    });

    test('a set has to be one', async () => {
      const hub = new Hub(suite);
      const keys = hub.keys.map((k) => k.public);
      const set = (n, quorum, members, kind = suite.suite) => Buffer.concat([u64(1), u8(kind), u16(quorum), u16(n), ...members.map(str8)]);
      for (const [bytes, reason] of [
        [set(4, 3, keys, 3), 'E_VALSET_HASH: suite'], [set(4, 2, keys), 'E_VALSET_HASH: quorum'], [set(4, 4, keys), 'E_VALSET_HASH: quorum'],
        [set(0, 0, []), 'E_VALSET_HASH: n'], [set(32, 22, []), 'E_VALSET_HASH: n'], [set(4, 3, [...keys.slice(0, 3), keys[0]]), 'E_VALSET_HASH: repeated key'],
        [set(4, 3, [...keys.slice(0, 3), keys[3].subarray(1)]), 'E_VALSET_HASH: key size'], [set(4, 3, keys.slice(0, 3)), 'E_TRUNCATED']]) {
        await assert.rejects(make({ over: { set: bytes.toString('hex') } }), { message: reason });
      }
    });
  });
}

/** The same signature with the other s. */
function highS(signature) {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = n - BigInt('0x' + signature.subarray(32).toString('hex'));
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
}
