// Step 1: the certificate. Wrong: the call reverts and nothing changes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bench } from '../support/bench.mjs';
import { ZERO, hex, u8, u64 } from '../support/bytes.mjs';
import { Hub, treeOf } from '../support/hub.mjs';
import { SM2_N, word } from '../support/sm2.mjs';

const SECP_N = BigInt('0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141');

export function certificateRules(chain) {
  const isSm = () => chain().suite.suite === 1;

  async function one(config) {
    const b = await Bench.make(chain(), config);
    b.hub.append();
    return b;
  }

  async function refuses(b, over, reason, indices = [0]) {
    const before = await b.view('height');
    const r = await b.deliver(indices, over);
    assert.equal(r.ok, false, `taken: ${reason}`);
    assert.match(r.reason, new RegExp(`^${reason}`));
    assert.equal(await b.view('height'), before);
    if (indices.length) assert.equal(await b.statusOf(indices[0]), 0);
  }

  describe('certificate', () => {
    test('a quorum is enough, in any composition', async () => {
      for (const signers of [[0, 1, 2], [1, 2, 3], [0, 1, 2, 3]]) {
        const b = await one();
        const r = await b.deliver(0, { signers });
        assert.ok(r.ok, r.reason);
        assert.equal(r.state.height, 10n);
        assert.equal(r.done[0].status, 1);
      }
    });

    test('quorums of every size of set', async () => {
      for (const n of [1, 2, 4, 5, 6, 7]) {
        const hub = new Hub(chain().suite, { n });
        const b = await one({ hub });
        const q = hub.quorumOf(n);
        const signers = Array.from({ length: q }, (_, i) => i);
        await refuses(b, { signers: signers.slice(1) }, 'E_QUORUM');
        assert.ok((await b.deliver(0, { signers })).ok, `${q} of ${n}`);
      }
    });

    test('one signature short, one of four, none', async () => {
      const b = await one();
      await refuses(b, { signers: [0, 1] }, 'E_QUORUM');
      await refuses(b, { signers: [2] }, 'E_QUORUM');
      await refuses(b, { signers: [] }, 'E_QUORUM');
    });

    test('one signer in two slots', async () => {
      const b = await one();
      await refuses(b, { signers: [0, 1, 2], sigs: (s) => [s[0], s[0], s[2]] }, 'E_SIG');
      await refuses(b, { signers: [0, 1], sigs: (s) => [s[0], s[1], s[1]], bitmap: [0, 1, 2] }, 'E_SIG');
      await refuses(b, { signers: [0, 1, 2], bitmap: [0, 1, 3] }, 'E_SIG');
    });

    test('signers outside the set', async () => {
      const b = await one();
      await refuses(b, { bitmap: [0, 2, 3, 4], sigs: (s) => [...s, s[0]] }, 'E_SIGNER_UNKNOWN');
      await refuses(b, { bitmap: [0, 2, 3, 31], sigs: (s) => [...s, s[0]] }, 'E_SIGNER_UNKNOWN');
      const strangers = b.hub.keys.map((_, i) => chain().suite.key(`stranger ${i}`));
      await refuses(b, { keys: strangers }, 'E_SIG');
      await refuses(b, { keys: [strangers[0], ...b.hub.keys.slice(1)] }, 'E_SIG');
    });

    test('every signature counts, also beyond the quorum', async () => {
      const b = await one();
      await refuses(b, { signers: [0, 1, 2, 3], sigs: (s) => [...s.slice(0, 3), s[2]] }, 'E_SIG');
    });

    test('zero and empty signatures, too few and too many bytes', async () => {
      const b = await one();
      await refuses(b, { sigs: (s) => s.map((x) => Buffer.alloc(x.length)) }, 'E_SIG');
      await refuses(b, { sigs: (s) => s.slice(0, 2) }, 'E_TRUNCATED');
      await refuses(b, { sigs: (s) => [s[0], s[1], s[2].subarray(0, 63)] }, 'E_TRUNCATED');
      await refuses(b, { sigs: (s) => [...s, s[0]] }, 'E_TRAILING');
      await refuses(b, { sigs: (s) => [...s, Buffer.alloc(1)] }, 'E_TRAILING');
      await refuses(b, { certificate: Buffer.from([4]) }, 'E_TRUNCATED');
      await refuses(b, { certificate: Buffer.alloc(8193) }, 'E_LIMIT');
    });

    test('another hub, epoch, suite, kind of statement', async () => {
      const b = await one();
      await refuses(b, { chainIdHash: Buffer.alloc(32, 9) }, 'E_DOMAIN');
      await refuses(b, { infoChain: Buffer.alloc(32, 9) }, 'E_DOMAIN');
      await refuses(b, { epoch: 2n }, 'E_DOMAIN');
      await refuses(b, { epoch: 0n }, 'E_DOMAIN');
      await refuses(b, { deliverySuite: isSm() ? 3 : 1 }, 'E_UNSUPPORTED');
      if (isSm()) {
        for (const type of [1, 2, 3, 7]) await refuses(b, { type }, 'E_DOMAIN');
        await refuses(b, { infoView: 4n }, 'E_DOMAIN');
        await refuses(b, { infoEpoch: 2n }, 'E_DOMAIN');
        await refuses(b, { signedChain: Buffer.alloc(32, 9) }, 'E_SIG');
      } else {
        await refuses(b, { hub: 'henan-mair' }, 'E_DOMAIN');
        await refuses(b, { hub: 'henan-mai' }, 'E_DOMAIN');
        await refuses(b, { suite: 1 }, 'E_DOMAIN');
        await refuses(b, { tag: 'YUQIAO-EXPORT-2' }, 'E_DOMAIN');
      }
    });

    test('each byte of what is signed', async () => {
      const b = await one();
      const good = b.hub.delivery([0]);
      const { bytes } = chain().suite.said(b.hub, {
        type: 4, chainIdHash: b.hub.chainIdHash, epoch: 1n, view: 3n, height: 10n, h: Buffer.alloc(32, 1), resultRoot: Buffer.alloc(32, 2),
        exportRoot: b.hub.trees().exports.root, nextSet: ZERO, timeMs: 1000n });
      assert.ok(good.subarray(5).subarray(0, bytes.length).equals(bytes));
      for (let i = 0; i < bytes.length + 4; i++) {
        const bad = Buffer.from(good);
        bad[5 + i] ^= 1 << (i % 8);
        const data = Bench.encode('Yuqiao', 'receiveMessages', [hex(bad)]);
        await assert.rejects(chain().call({ to: b.at, data }), `byte ${i}`);
      }
      assert.ok((await b.deliverBytes(good)).ok);
    });

    test('signatures out of range', async () => {
      const b = await one();
      if (isSm()) {
        chain().saysYesToNonsense = true;
        try {
          const cases = [[0n, 5n], [5n, 0n], [SM2_N, 5n], [5n, SM2_N], [SM2_N + 5n, 7n], [5n, SM2_N + 7n], [5n, SM2_N - 5n]];
          for (const [r, s] of cases) {
            await refuses(b, { sigs: (sigs) => [Buffer.concat([word(r), word(s)]), ...sigs.slice(1)] }, 'E_SIG');
          }
        } finally {
          chain().saysYesToNonsense = false;
        }
        return;
      }
      const part = (sig, at) => BigInt('0x' + sig.subarray(at, at + 32).toString('hex'));
      const change = (f) => ({ sigs: (sigs) => [f(sigs[0]), ...sigs.slice(1)] });
      const twin = (sig) => Buffer.concat([sig.subarray(0, 32), word(SECP_N - part(sig, 32)), u8(sig[64] ^ 1)]);
      await refuses(b, change(twin), 'E_SIG');
      for (const v of [2, 3, 27, 28, 37, 255]) {
        await refuses(b, change((sig) => Buffer.concat([sig.subarray(0, 64), u8(v)])), 'E_SIG');
      }
      await refuses(b, change((sig) => Buffer.concat([sig.subarray(0, 64), u8(sig[64] ^ 1)])), 'E_SIG');
      await refuses(b, change((sig) => Buffer.concat([ZERO, sig.subarray(32)])), 'E_SIG');
      await refuses(b, change((sig) => Buffer.concat([sig.subarray(0, 32), ZERO, sig.subarray(64)])), 'E_SIG');
    });

    test('the kept root never goes back', async () => {
      const b = await one();
      b.hub.append({ sequence: 2n });
      const old = b.hub.delivery([0], { height: 11n });
      b.hub.append({ sequence: 3n });
      assert.equal((await b.deliver([], { height: 12n, size: 0 })).state.height, 12n);
      const root = await b.view('exportRoot');
      const r = await b.deliverBytes(old);
      assert.ok(r.ok, 'an older certificate of this epoch still proves');
      assert.equal(r.done[0].status, 1);
      assert.equal(r.state, undefined);
      assert.equal(await b.view('height'), 12n);
      assert.equal(await b.view('exportRoot'), root);
      assert.equal((await b.deliver([], { height: 12n })).records.length, 0, 'the same height tells nothing');
    });

    test('a zero root is never kept and proves nothing', async () => {
      const b = await one();
      const r = await b.deliver([], { exportRoot: ZERO, height: 20n });
      assert.ok(r.ok);
      assert.equal(r.records.length, 0);
      assert.equal(await b.view('height'), 0n);
      await refuses(b, { exportRoot: ZERO }, 'E_ZERO_ROOT');
    });

    test('a zero outbox root proves nothing', async () => {
      const b = await one();
      const leaves = [['city-410100', 5n, Buffer.alloc(32, 7)], ['city-410300', 1n, ZERO], ['city-410500', 9n, Buffer.alloc(32, 7)]]
        .map((l) => b.hub.exportLeaf(...l));
      await refuses(b, { outboxRoot: ZERO, exportRoot: treeOf(b.hub.hash, leaves).root }, 'E_ZERO_ROOT');
    });

    test('without a certificate the kept root is proven against', async () => {
      const b = await one();
      await refuses(b, { certificate: Buffer.alloc(0) }, 'E_ZERO_ROOT');
      assert.ok((await b.deliver([])).ok);
      const r = await b.deliver(0, { certificate: Buffer.alloc(0) });
      assert.ok(r.ok, r.reason);
      assert.equal(r.done[0].status, 1);
      b.hub.append({ sequence: 2n });
      await refuses(b, { certificate: Buffer.alloc(0) }, 'E_PROOF', [1]);
      await refuses(b, { certificate: Buffer.alloc(0) }, 'E_SIGNATURES_MISSING', []);
    });
  });

  describe('epochs', () => {
    test('one step, by a certificate of the old set', async () => {
      const b = await one();
      const set = b.hub.endEpoch();
      assert.match((await b.send('stepEpoch', [hex(set)])).reason, /^E_VALSET_HASH/);
      assert.ok((await b.deliver(0)).ok);
      const r = await b.send('stepEpoch', [hex(set)], { from: chain().accounts[9] });
      assert.ok(r.ok, r.reason);
      b.hub.begin();
      assert.deepEqual([r.state.epoch, r.state.height], [2n, 10n]);
      assert.ok(r.state.setHash.equals(b.hub.setHash()));
      assert.match((await b.send('stepEpoch', [hex(set)])).reason, /^E_EPOCH_OLD/);
      b.hub.append({ sequence: 2n });
      assert.ok((await b.deliver(1)).ok);
      await refuses(b, { epoch: 1n, keys: b.hub.keysOf(1n) }, 'E_DOMAIN', []);
      await refuses(b, { keys: b.hub.keysOf(1n) }, 'E_SIG', []);
    });

    test('an inbox that slept through two epochs catches up one by one', async () => {
      const b = await one();
      const kept = [];
      for (let i = 0; i < 3; i++) {
        const set = b.hub.endEpoch();
        kept.push([b.hub.delivery([], { height: 20n + BigInt(i) }), set]);
        b.hub.begin();
      }
      assert.match((await b.deliverBytes(kept[1][0])).reason, /^E_DOMAIN/);
      assert.ok((await b.deliverBytes(kept[0][0])).ok);
      assert.match((await b.send('stepEpoch', [hex(kept[1][1])])).reason, /^E_EPOCH_OLD/);
      assert.ok((await b.send('stepEpoch', [hex(kept[0][1])])).ok);
      for (const [delivery, set] of kept.slice(1)) {
        assert.match((await b.send('stepEpoch', [hex(set)])).reason, /^E_VALSET_HASH/, 'the name was for the epoch before');
        assert.ok((await b.deliverBytes(delivery)).ok);
        assert.ok((await b.send('stepEpoch', [hex(set)])).ok);
      }
      assert.equal(await b.view('epoch'), 4n);
      assert.ok((await b.deliver(0)).ok);
    });

    test('the name of a set comes with a zero root, too', async () => {
      const b = await Bench.make(chain());
      const set = b.hub.endEpoch();
      assert.equal((await b.deliver([], { exportRoot: ZERO })).records.length, 0);
      assert.ok((await b.send('stepEpoch', [hex(set)])).ok);
    });

    test('another set than the one that was named', async () => {
      const b = await one();
      const set = b.hub.endEpoch();
      assert.ok((await b.deliver(0)).ok);
      const key = Buffer.from(set);
      key[20] ^= 1;
      const keys = b.hub.next;
      const others = [key, b.hub.setOf(2n, [keys[1], keys[0], keys[2], keys[3]]), b.hub.setOf(2n, keys.slice(0, 3)),
        b.hub.setOf(2n, keys, { quorum: 2 }), b.hub.setOf(2n, keys, { tail: u8(0) })];
      for (const other of others) {
        assert.match((await b.send('stepEpoch', [hex(other)])).reason, /^E_VALSET_HASH/);
      }
      assert.match((await b.send('stepEpoch', [hex(b.hub.setOf(3n, keys))])).reason, /^E_EPOCH_OLD/);
      assert.match((await b.send('stepEpoch', ['0x0102'])).reason, /^E_VALSET_HASH/);
      assert.ok((await b.send('stepEpoch', [hex(set)])).ok);
    });

    test('a set that is none, though its name is certified', async () => {
      const hub = new Hub(chain().suite);
      const size = hub.keys[0].public.length;
      const keys = hub.keysOf(2n);
      const fake = (bytes) => ({ public: bytes });
      const many = Array.from({ length: 32 }, (_, i) => fake(Buffer.alloc(size, i + 1)));
      const sets = {
        'quorum below': hub.setOf(2n, keys, { quorum: 2 }), 'quorum zero': hub.setOf(2n, keys, { quorum: 0 }),
        'quorum above': hub.setOf(2n, keys, { quorum: 4 }), 'nobody': hub.setOf(2n, [], { quorum: 0 }), 'too many': hub.setOf(2n, many),
        'suite': hub.setOf(2n, keys, { suite: 2 }), 'trailing': hub.setOf(2n, keys, { tail: u8(1) }), 'count': hub.setOf(2n, keys, { n: 5, quorum: 4 }),
        'repeated': hub.setOf(2n, [keys[0], keys[1], keys[2], keys[1]]), 'zero key': hub.setOf(2n, [fake(Buffer.alloc(size)), ...keys.slice(1)]),
        'key size': hub.setOf(2n, [fake(Buffer.alloc(size - 1, 9)), keys[1], keys[2], fake(Buffer.alloc(size + 1, 8))]),
      };
      for (const [what, set] of Object.entries(sets)) {
        const b = await Bench.make(chain(), { hub, services: [] });
        assert.ok((await b.deliver([], { nextSet: hub.setHash(set) })).ok);
        assert.match((await b.send('stepEpoch', [hex(set)])).reason, /^E_VALSET_HASH/, what);
      }
      const b = await Bench.make(chain(), { hub, services: [] });
      const largest = hub.setOf(2n, many.slice(0, 31));
      assert.ok((await b.deliver([], { nextSet: hub.setHash(largest) })).ok);
      assert.ok((await b.send('stepEpoch', [hex(largest)])).ok, '31 members');
      assert.equal(await b.view('quorum'), 21n);
    });

    test('what was certified in an epoch that is over is still kept', async () => {
      const b = await one();
      const set = b.hub.endEpoch();
      assert.ok((await b.deliver([])).ok);
      assert.ok((await b.send('stepEpoch', [hex(set)])).ok);
      assert.ok((await b.deliver(0, { certificate: Buffer.alloc(0) })).ok);
    });
  });

  test('the first STATE is told at deployment', async () => {
    const b = await Bench.make(chain(), { services: [] });
    assert.equal(b.deployment.records.length, 1);
    assert.deepEqual({ ...b.deployment.state }, { kind: 'STATE', epoch: 1n, setHash: b.hub.setHash(), height: 0n, paused: 0 });
    assert.ok(Buffer.from(b.deployment.raw[0].slice(2), 'hex').subarray(9, 17).equals(u64(1)));
  });
}
