// The chaincode beside its model in C (conformance/chains/common/contract.c): by the same deliveries, hub certificates made
// and signed by the hub's own code, both emit the same bytes, or both refuse.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { blob16, blob32, str8, u64 } from './support/bytes.mjs';
import { Channel, idOf } from './support/channel.mjs';
import { Hub } from './support/hub.mjs';
import { SM, sm3 } from './support/suites.mjs';

const program = process.env.YUQIAO_CONTRACT_VECTORS;
const SEEDS = Number(process.env.YUQIAO_CONTRACT_SEEDS ?? 16);

/** What the hub of the model looks like to a channel: its set and its chain id hash. */
class ModelHub extends Hub {
  constructor(begin) {
    super(SM);
    this.chainIdHash = Buffer.from(begin.chain_id_hash, 'hex');
    this.set = Buffer.from(begin.set, 'hex');
  }

  setOf() { return this.set; }
}

async function follow(seed) {
  const sender = createHash('sha256').update(idOf('sender')).digest('hex');
  const out = execFileSync(program, [String(seed), sender, 'no-clock'], { maxBuffer: 1 << 28 }).toString();
  const lines = out.trim().split('\n').map((l) => JSON.parse(l));
  const c = await Channel.make(SM, { hub: new ModelHub(lines[0]), services: ['service', 'fail'] });
  c.service.service.plan = async (_, m) => (m.payload.length === 0 ? Buffer.alloc(0) : sm3(m.payload));
  c.service.fail.plan = async () => { throw new Error('always'); };
  const count = { accepted: 0, refused: 0, records: 0 };
  for (const [i, line] of lines.entries()) {
    const at = `seed ${seed}, line ${i + 1}: ${line.step}`;
    if (line.step === 'deliver') {
      const r = await c.deliverBytes(Buffer.from(line.delivery, 'hex'));
      assert.equal(r.ok, line.ok, `${at}: ${r.reason}`);
      assert.equal(r.raw.toString('hex'), line.records, at);
      count[line.ok ? 'accepted' : 'refused']++;
      count.records += r.records.length;
    } else if (line.step === 'send') {
      const message = Buffer.concat([
        blob16('service'), str8('city-410100'), blob16('far'), u64(line.deadline_ms), Buffer.from(line.grant, 'hex'), blob32('sent')]);
      const r = await c.invoke('sender', 'sendMessage', message);
      assert.equal(r.raw.toString('hex'), line.records, `${at}: ${r.reason}`);
    } else if (line.step === 'epoch') {
      const r = await c.deliverBytes(Buffer.from(line.delivery, 'hex'));
      assert.equal(r.raw.toString('hex'), line.records, `${at}: ${r.reason}`);
      assert.equal((await c.invoke('anyone', 'stepEpoch', Buffer.from(line.set, 'hex'))).raw.toString('hex'), line.state, at);
    }
  }
  return count;
}

test('chaincode and model act alike', { skip: program ? false : 'YUQIAO_CONTRACT_VECTORS names no program' }, async () => {
  const all = { accepted: 0, refused: 0, records: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const one = await follow(seed);
    for (const key of Object.keys(all)) all[key] += one[key];
  }
  console.log(JSON.stringify({ seeds: SEEDS, ...all }));
  assert.ok(all.accepted > 15 * SEEDS && all.refused > SEEDS && all.records > 40 * SEEDS, JSON.stringify(all));
});
