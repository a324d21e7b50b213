// The program as a peer starts it, over the shim's own protocol.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeRecords, u64 } from './support/bytes.mjs';
import { idOf } from './support/channel.mjs';
import { Hub } from './support/hub.mjs';
import { Peer } from './support/peer.mjs';
import { SM, sm3 } from './support/suites.mjs';

const hub = new Hub(SM);
let peer;
const digest = sm3(Buffer.from('a document'));
const records = (r) => {
  assert.ok(r.ok, r.reason);
  assert.equal(r.event?.name, 'Yuqiao');
  return decodeRecords(r.event.data);
};
const configuration = () => JSON.stringify({
  hub: hub.name, chain: hub.chain, chainIdHash: hub.chainIdHash.toString('hex'), suite: 1, set: hub.setOf().toString('hex'),
  administrators: [idOf('admin')] });

before(async () => { peer = await Peer.start(process.cwd()); });
after(() => peer.stop());

test('it registers under its name, and refuses before it is initialized', async () => {
  assert.equal(peer.name, 'yuqiao:1');
  const r = await peer.invoke('anyone', 'state');
  assert.deepEqual([r.ok, r.reason, r.event], [false, 'E_STATE: not initialized', undefined]);
});

test('the first event is STATE, with the set that the hub knows', async () => {
  assert.equal((await peer.init('admin')).reason, 'E_FIELD_MISSING: configuration');
  const [state] = records(await peer.init('admin', configuration()));
  assert.deepEqual([state.kind, state.epoch], ['STATE', 1n]);
  assert.ok(state.setHash.equals(hub.setHash()));
  assert.equal((await peer.init('admin', configuration())).reason, 'E_EXISTS');
  assert.ok((await peer.init('admin')).ok, 'a new version');
});

test('a packet reaches its service, and its outcome is one event', async () => {
  assert.ok((await peer.invoke('admin', 'setService', 'notary', 'true', 'true')).ok);
  const index = hub.append({ dstService: 'notary', payload: digest });
  const r = await peer.invoke('anyone', 'receiveMessages', hub.delivery([index]));
  const [state, done] = records(r);
  assert.equal(state.height, hub.height);
  assert.deepEqual([done.kind, done.index, done.status], ['DONE', BigInt(index), 1]);
  assert.ok(done.result.equals(sm3(digest)));
  assert.equal(new Set(r.reads).size, r.reads.length, 'each key is read once');
  const name = hub.packets[index].commitment.toString('hex');
  assert.ok((await peer.invoke('anyone', 'callService', 'notary', 'digestOf', name)).payload.equals(digest));
  const [again] = records(await peer.invoke('anyone', 'receiveMessages', hub.delivery([index])));
  assert.deepEqual([again.status, again.again], [1, 1]);
});

test('a failing service leaves nothing, and the batch goes on', async () => {
  const [bad, good] = [hub.append({ dstService: 'notary', payload: 'short' }), hub.append({ dstService: 'notary', payload: sm3(digest) })];
  const done = records(await peer.invoke('anyone', 'receiveMessages', hub.delivery([bad, good])));
  assert.deepEqual(done.map((d) => [d.status, d.code]), [[2, 1], [1, 0]]);
});

test('what is refused writes nothing and tells its code', async () => {
  const index = hub.append({ dstService: 'notary', payload: digest });
  for (const [over, reason] of [[{ signers: [0, 1] }, 'E_QUORUM'], [{ outboxPath: true }, 'E_PROOF: outbox'], [{ tail: Buffer.from([0]) }, 'E_TRAILING']]) {
    const r = await peer.invoke('anyone', 'receiveMessages', hub.delivery([index], over));
    assert.deepEqual([r.ok, r.reason, r.event, r.writes.size], [false, reason, undefined, 0]);
  }
});

test('a peer that cannot read is a fault, not an outcome', async () => {
  const index = hub.append({ dstService: 'notary', payload: sm3(sm3(digest)) });
  peer.broken = /^data\//;
  const r = await peer.invoke('anyone', 'receiveMessages', hub.delivery([index]));
  peer.broken = null;
  assert.equal(r.ok, false);
  assert.match(r.reason, /^E_BUG: .*GET_STATE/s);
  assert.equal(r.writes.size, 0);
  assert.equal(records(await peer.invoke('anyone', 'receiveMessages', hub.delivery([index])))[0].status, 1);
});

test('a service sends, by a client\'s call', async () => {
  const r = await peer.invoke('anyone', 'callService', 'notary', 'tell', 'city-410100', digest);
  const [sent] = records(r);
  assert.deepEqual([sent.kind, sent.sequence, sent.dstChain, sent.dstService, sent.payload.length], ['SENT', 1n, 'city-410100', 'notary', 32]);
  assert.equal(r.payload.toString(), '1');
});

test('the hub\'s next epoch', async () => {
  const set = hub.endEpoch();
  hub.height += 1n;
  assert.ok((await peer.invoke('anyone', 'receiveMessages', hub.delivery([]))).ok);
  const [state] = records(await peer.invoke('anyone', 'stepEpoch', set));
  assert.equal(state.epoch, 2n);
  hub.begin();
  hub.height += 1n;
  const halt = hub.append({ kind: 9, gradeMin: 0, srcService: '', dstService: '', payload: u64(5) });
  assert.equal(records(await peer.invoke('anyone', 'receiveMessages', hub.delivery([halt]))).at(-1).status, 1);
});
