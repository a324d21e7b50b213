// A channel with one chaincode: a peer's state and stub, so far as the chaincode sees them. A read gives what was
// committed before, never what the transaction itself wrote.
import { createHash } from 'node:crypto';
import { Chaincode } from '../../src/chaincode.mjs';
import { decodeRecords, text } from './bytes.mjs';
import { Hub } from './hub.mjs';

const shim = {
  success: (payload) => ({ status: 200, payload: Buffer.from(payload) }),
  error: (message) => ({ status: 500, message: Buffer.from(message).toString() }),
};

export const idOf = (who) => `Org1MSP:${createHash('sha256').update(Buffer.from(`cert of ${who}`)).digest('hex')}`;

class Stub {
  constructor(channel, args, who) {
    Object.assign(this, { channel, args, who, writes: new Map(), reads: [], event: null });
  }

  getBufferArgs() { return this.args; }
  getCreator() { return { mspid: 'Org1MSP', idBytes: Buffer.from(`cert of ${this.who}`) }; }
  async getState(key) {
    if (this.channel.broken?.test(key)) throw new Error('GET_STATE failed');
    this.reads.push(key);
    return this.channel.state.get(key) ?? new Uint8Array(0);
  }

  async putState(key, value) {
    if (value.length === 0) throw new Error('an empty value');
    this.writes.set(key, Buffer.from(value));
  }

  async deleteState(key) { this.writes.set(key, null); }
  setEvent(name, data) {
    if (this.event !== null) throw new Error('a second event');
    this.event = { name, data: Buffer.from(data) };
  }
}

/** A service whose behaviour tests set. */
export function testService() {
  const service = {
    calls: [], plan: async () => Buffer.from('result'),
    async onMessage(context, message) {
      service.calls.push(message);
      context.state.put(`call/${message.index}`, Buffer.from([message.kind]));
      return service.plan(context, message);
    },
    methods: {
      async send({ send }, payload) {
        return Buffer.from(String(await send({ dstChain: Buffer.from('city-410100'), dstService: Buffer.from('far'), payload })));
      },
      async refuse() { throw new Error('not today'); },
    },
  };
  return service;
}

export class Channel {
  static async make(suite, { hub = new Hub(suite), services = ['service'], over = {} } = {}) {
    const channel = new Channel();
    const service = Object.fromEntries(services.map((name) => [name, testService()]));
    Object.assign(channel, { hub, service, state: new Map(), chaincode: new Chaincode(shim, service) });
    channel.deployment = await channel.init(over);
    if (!channel.deployment.ok) throw new Error(channel.deployment.reason);
    for (const name of services) await channel.must('admin', 'setService', name, 'true', 'true', JSON.stringify([idOf('sender')]));
    return channel;
  }

  configOf(over) {
    return {
      hub: this.hub.name, chain: this.hub.chain, chainIdHash: this.hub.chainIdHash.toString('hex'), suite: this.hub.suite.suite,
      set: this.hub.setOf().toString('hex'), administrators: [idOf('admin')], ...over };
  }

  async init(over) {
    const stub = new Stub(this, [Buffer.from('init'), Buffer.from(JSON.stringify(this.configOf(over)))], 'admin');
    return this.outcome(stub, await this.chaincode.Init(stub));
  }

  /** A new version of the chaincode. */
  async upgrade() {
    const stub = new Stub(this, [Buffer.from('init')], 'admin');
    return this.outcome(stub, await this.chaincode.Init(stub));
  }

  outcome(stub, response) {
    const ok = response.status === 200;
    for (const [key, value] of ok ? stub.writes : []) {
      if (value === null) this.state.delete(key);
      else this.state.set(key, value);
    }
    const raw = ok && stub.event !== null ? stub.event.data : Buffer.alloc(0);
    if (raw.length > 0 && stub.event.name !== 'Yuqiao') throw new Error('another event');
    const records = raw.length > 0 ? decodeRecords(raw) : [];
    return {
      ok, reason: response.message ?? '', payload: response.payload, raw, records, reads: stub.reads, writes: stub.writes,
      done: records.filter((r) => r.kind === 'DONE'), state: records.find((r) => r.kind === 'STATE') };
  }

  async invoke(who, method, ...args) {
    const stub = new Stub(this, [method, ...args].map(text), who);
    return this.outcome(stub, await this.chaincode.Invoke(stub));
  }

  async must(...call) {
    const r = await this.invoke(...call);
    if (!r.ok) throw new Error(`${call[1]}: ${r.reason}`);
    return r;
  }

  /** By anyone: no role is needed. */
  deliverBytes(bytes) { return this.invoke('anyone', 'receiveMessages', bytes); }

  deliver(indices, over = {}) { return this.deliverBytes(this.hub.delivery([indices].flat(), over)); }

  async statusOf(index) { return JSON.parse((await this.must('anyone', 'outcomeOf', String(index))).payload).status; }
}
