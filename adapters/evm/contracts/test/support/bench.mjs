// One deployed inbox on a chain, with a hub that certifies for it and services that it calls.
import { ethers } from 'ethers';
import { artifacts } from './artifacts.mjs';
import { decodeRecords, hex } from './bytes.mjs';
import { Hub } from './hub.mjs';

export const TOPIC = ethers.id('Yuqiao(bytes)');
const interfaces = Object.fromEntries(Object.entries(artifacts).map(([name, a]) => [name, new ethers.Interface(a.abi)]));
const abi = ethers.AbiCoder.defaultAbiCoder();
const ZERO_SELECTOR = '0x00000000';

/** The text of a revert. */
export function reasonOf(data) {
  if (!data || data === '0x') return '';
  if (data.startsWith('0x08c379a0')) return abi.decode(['string'], '0x' + data.slice(10))[0];
  return data;
}

export class Bench {
  static async make(chain, { hub = new Hub(chain.suite), services = ['service'], ...config } = {}) {
    const bench = new Bench();
    Object.assign(bench, { chain, hub, admin: chain.accounts[0], service: {} });
    bench.config = bench.configOf(config);
    const deployed = await bench.deploy('Yuqiao', [bench.config]);
    if (!deployed.ok) throw new Error(`deployment: ${reasonOf(deployed.data)}`);
    bench.at = deployed.at;
    bench.deployment = bench.outcome(deployed);
    for (const name of services) await bench.addService(name);
    return bench;
  }

  configOf(over = {}) {
    return {
      hub: hex(Buffer.from(this.hub.name)), ownChain: hex(Buffer.from(this.hub.chain)), chainIdHash: hex(this.hub.chainIdHash),
      suite: this.hub.suite.suite, set: hex(this.hub.setOf()), floor: 0, clockMs: this.chain.clockMs, administrators: [this.admin],
      recoverers: [], recoverQuorum: 0, recoverDelayMs: 0, ...this.chain.sm2(), ...over,
    };
  }

  async deploy(name, args = []) {
    const data = artifacts[name].bytecode + interfaces[name].encodeDeploy(args).slice(2);
    return this.chain.transact({ from: this.admin, data });
  }

  async addService(name, { contract = 'TestService', gas = 1_500_000, receives = true, sends = true, selector = ZERO_SELECTOR } = {}) {
    const made = await this.deploy(contract);
    this.service[name] = { at: made.at, contract };
    const set = await this.send('setService', [hex(Buffer.from(name)), made.at, gas, selector, receives, sends]);
    if (!set.ok) throw new Error(`setService: ${set.reason}`);
    return made.at;
  }

  outcome(receipt) {
    const events = (receipt.logs ?? []).filter((l) => l.address === ethers.getAddress(this.at));
    const records = events.map((l) => {
      if (l.topics.length !== 1 || l.topics[0] !== TOPIC) throw new Error('an event that is not Yuqiao(bytes)');
      return decodeRecords(Buffer.from(ethers.getBytes(abi.decode(['bytes'], l.data)[0])));
    });
    return {
      ok: receipt.ok, gas: receipt.gas, reason: receipt.ok ? '' : reasonOf(receipt.data), events: records, records: records.flat(),
      done: records.flat().filter((r) => r.kind === 'DONE'), state: records.flat().find((r) => r.kind === 'STATE'),
      raw: events.map((l) => abi.decode(['bytes'], l.data)[0]),
    };
  }

  /** A transaction to the inbox. */
  async send(method, args, { from = this.admin, gas } = {}) {
    const data = interfaces.Yuqiao.encodeFunctionData(method, args);
    return this.outcome(await this.chain.transact({ from, to: this.at, data, gas }));
  }

  async view(method, args = []) {
    const data = interfaces.Yuqiao.encodeFunctionData(method, args);
    const result = interfaces.Yuqiao.decodeFunctionResult(method, await this.chain.call({ to: this.at, data }));
    return result.length === 1 ? result[0] : result;
  }

  /** A transaction to a service contract. */
  async tell(name, method, args, from = this.admin) {
    const { at, contract } = this.service[name];
    const data = interfaces[contract].encodeFunctionData(method, args);
    return this.outcome(await this.chain.transact({ from, to: at, data }));
  }

  async ask(name, method, args = []) {
    const { at, contract } = this.service[name];
    const data = interfaces[contract].encodeFunctionData(method, args);
    const result = interfaces[contract].decodeFunctionResult(method, await this.chain.call({ to: at, data }));
    return result.length === 1 ? result[0] : result;
  }

  /** By anyone: account 9 has no role. */
  deliverBytes(bytes, options = {}) {
    return this.send('receiveMessages', [hex(bytes)], { from: this.chain.accounts[9], ...options });
  }

  deliver(indices, over = {}, options = {}) {
    return this.deliverBytes(this.hub.delivery([indices].flat(), over), options);
  }

  async statusOf(index) { return Number((await this.view('outcomeOf', [index]))[0]); }

  calls(name = 'service') { return this.ask(name, 'calls').then(Number); }

  static encode(contract, method, args) { return interfaces[contract].encodeFunctionData(method, args); }
}
