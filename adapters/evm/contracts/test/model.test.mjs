// The contract beside its model in C (conformance/chains/common/contract.c): by the same deliveries, hub certificates
// made and signed by the hub's own code, both emit the same bytes, or both refuse.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { Anvil } from './support/anvil.mjs';
import { Bench } from './support/bench.mjs';
import { hex } from './support/bytes.mjs';
import { Hub } from './support/hub.mjs';
import { SmVm } from './support/smvm.mjs';

const program = process.env.YUQIAO_CONTRACT_VECTORS;
const SEEDS = Number(process.env.YUQIAO_CONTRACT_SEEDS ?? 8);
const name = (s) => hex(Buffer.from(s));

/** What the hub of the model looks like to Bench: its set and its chain id hash. */
class ModelHub extends Hub {
  constructor(suite, begin) {
    super(suite);
    this.chainIdHash = Buffer.from(begin.chain_id_hash, 'hex');
    this.set = Buffer.from(begin.set, 'hex');
  }

  setOf() { return this.set; }
}

async function follow(chain, word, seed) {
  const early = new Bench();
  Object.assign(early, { chain, admin: chain.accounts[0] });
  const service = (await early.deploy('TestService')).at;
  const lines = execFileSync(program, [String(seed), service.slice(2), ...(word === 'sm2' ? [] : [word])], { maxBuffer: 1 << 28 }).toString().trim().split('\n').map((l) => JSON.parse(l));
  const b = await Bench.make(chain, { hub: new ModelHub(chain.suite, lines[0]), services: ['fail'] });
  await b.tell('fail', 'plan', [1, '0x']);
  b.service.service = { at: service, contract: 'TestService' };
  assert.ok((await b.send('setService', [name('service'), service, 1_500_000, '0x00000000', true, true])).ok);
  const count = { accepted: 0, refused: 0, records: 0 };
  for (const [i, line] of lines.entries()) {
    const at = `${word}, seed ${seed}, line ${i + 1}: ${line.step}`;
    if (line.time_ms) chain.setTime(line.time_ms);
    if (line.step === 'deliver') {
      const r = await b.deliverBytes(Buffer.from(line.delivery, 'hex'));
      assert.equal(r.ok, line.ok, `${at}: ${r.reason}`);
      assert.equal(r.raw.join(), line.records ? '0x' + line.records : '', at);
      count[line.ok ? 'accepted' : 'refused']++;
      count.records += r.records.length;
    } else if (line.step === 'send') {
      const r = await b.tell('service', 'send', [b.at, {
        kind: 1, order: 1, gradeMin: 1, service: name('service'), dstChain: name('city-410100'), dstService: name('far'),
        deadlineMs: line.deadline_ms, grant: '0x' + line.grant, group: hex(Buffer.alloc(32)), payload: name('sent') }]);
      assert.equal(r.raw.join(), '0x' + line.records, at);
    } else if (line.step === 'epoch') {
      const r = await b.deliverBytes(Buffer.from(line.delivery, 'hex'));
      assert.ok(r.ok, `${at}: ${r.reason}`);
      assert.equal(r.raw.join(), line.records ? '0x' + line.records : '', at);
      assert.equal((await b.send('stepEpoch', ['0x' + line.set])).raw.join(), '0x' + line.state, at);
    }
  }
  return count;
}

const chains = [
  { word: 'sm2', start: () => SmVm.start(), stop: () => {} },
  { word: 'secp256k1', start: () => Anvil.start(), stop: (chain) => chain.stop() },
];

for (const { word, start, stop } of chains) {
  test(`contract and model act alike: ${word}`, { skip: program ? false : 'YUQIAO_CONTRACT_VECTORS names no program' }, async () => {
    const all = { accepted: 0, refused: 0, records: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const chain = await start();
      try {
        const one = await follow(chain, word, seed);
        for (const key of Object.keys(all)) all[key] += one[key];
      } finally {
        stop(chain);
      }
    }
    console.log(JSON.stringify({ word, seeds: SEEDS, ...all }));
    assert.ok(all.accepted > 15 * SEEDS && all.refused > SEEDS && all.records > 40 * SEEDS, JSON.stringify(all));
  });
}
