// The chaincode: one transaction, from the peer's call to what it is told.
import { createHash } from 'node:crypto';
import { Administration } from './administration.mjs';
import { Cursor, Refusal, ZERO, check } from './bytes.mjs';
import { Inbox } from './inbox.mjs';
import { Outbox } from './outbox.mjs';
import { CHAIN_MAX, PAYLOAD_MAX, SERVICE_MAX } from './packets.mjs';
import { EVENT, Told } from './records.mjs';
import { Part, Store } from './store.mjs';
import { suiteOf } from './suites.mjs';
import { stateOf } from './validators.mjs';

const SENDS_MAX = 50; // of one transaction
const hexOf = (b) => b.toString('hex');
const bytesOf = (hex, size, text) => {
  const b = Buffer.from(hex ?? '', 'hex');
  check(typeof hex === 'string' && hexOf(b) === hex && (size === 0 || b.length === size), text);
  return b;
};

/** An identity: its organisation, and the SHA-256 of its certificate as the peer hands it over. */
function callerOf(stub) {
  const { mspid, idBytes } = stub.getCreator();
  return `${mspid}:${createHash('sha256').update(idBytes).digest('hex')}`;
}

function keptConfig(kept) {
  return {
    hub: Buffer.from(kept.hub), chain: Buffer.from(kept.chain), chainIdHash: Buffer.from(kept.chainIdHash, 'hex'), suite: kept.suite,
    floor: BigInt(kept.floor) };
}

function keptValidators(kept) {
  return {
    epoch: BigInt(kept.epoch), height: BigInt(kept.height), setHash: Buffer.from(kept.setHash, 'hex'),
    nextSet: Buffer.from(kept.nextSet, 'hex'), exportRoot: Buffer.from(kept.exportRoot, 'hex'),
    keys: kept.keys.map((key) => Buffer.from(key, 'hex')) };
}

function validatorsToKeep(v) {
  return {
    epoch: v.epoch.toString(), height: v.height.toString(), setHash: hexOf(v.setHash), nextSet: hexOf(v.nextSet),
    exportRoot: hexOf(v.exportRoot), keys: v.keys.map(hexOf) };
}

/** One transaction under way. */
class Transaction {
  static async of(stub, services) {
    const t = new Transaction();
    const store = new Store(stub);
    const kept = await store.json('config');
    check(kept !== null, 'E_STATE: not initialized');
    Object.assign(t, { store, services, told: new Told(), caller: callerOf(stub), sends: 0, config: keptConfig(kept) });
    t.kept = await store.json('validators');
    t.administration = await Administration.of(store);
    t.outbox = new Outbox(store, suiteOf(t.config.suite).hash, t.config);
    t.inbox = new Inbox({ ...t, validators: keptValidators(t.kept), call: (a) => t.carry(a) });
    return t;
  }

  /** Hands state and event to the peer. */
  async end(stub) {
    const next = validatorsToKeep(this.inbox.validators);
    if (JSON.stringify(next) !== JSON.stringify(this.kept)) this.store.putJson('validators', next);
    await this.store.flush();
    const event = this.told.bytes();
    if (event.length > 0) stub.setEvent(EVENT, event);
  }

  /** What a service sees of the chain: its own state, and its outbox. */
  context(name) {
    const part = `data/${hexOf(name)}/`;
    return { state: new Part(this.store, part), caller: this.caller, send: (m) => this.send(name, m) };
  }

  carry(a) {
    const p = a.packet;
    const message = {
      kind: p.kind, index: a.index, commitment: a.commitment, srcChain: p.srcChain, srcService: p.srcService, sequence: p.sequence,
      deadlineMs: p.deadlineMs, sender: p.sender, grant: p.grant, group: p.group, payload: p.payload, ack: p.ack, decision: p.decision };
    return this.services[hexOf(p.dstService)].onMessage(this.context(p.dstService), message);
  }

  async send(name, m) {
    check(!this.administration.paused, 'E_HELD: paused');
    check((await this.administration.service(name))?.sends, 'E_PERMISSION');
    check(++this.sends <= SENDS_MAX, 'E_LIMIT: sends');
    const sender = createHash('sha256').update(this.caller).digest();
    const packet = await this.outbox.send({
      kind: 1, order: 1, gradeMin: 1, deadlineMs: 0n, grant: ZERO, group: ZERO, ...m, service: name, sender });
    this.told.sent(packet.bytes);
    return packet.sequence;
  }
}

// ---- methods ------------------------------------------------------------------------------------------------------

const flag = (text) => {
  check(text === 'true' || text === 'false', 'E_TYPE: true or false');
  return text === 'true';
};

/** blob16 service | str8 dst_chain | blob16 dst_service | u64 deadline_ms | b32 grant | blob32 payload */
function readSend(bytes) {
  const c = new Cursor(bytes);
  const m = {
    service: c.blob16(SERVICE_MAX), dstChain: c.str8(CHAIN_MAX), dstService: c.blob16(SERVICE_MAX), deadlineMs: c.u64(), grant: c.word(),
    payload: c.blob32(PAYLOAD_MAX) };
  c.end();
  return m;
}

async function sendMessage(t, bytes, kind = '1', order = '1', gradeMin = '1', group = hexOf(ZERO)) {
  const { service, ...m } = readSend(bytes);
  check((await t.administration.service(service))?.senders.includes(t.caller), 'E_PERMISSION');
  await t.send(service, { ...m, kind: Number(kind), order: Number(order), gradeMin: Number(gradeMin), group: bytesOf(String(group), 32, 'E_LEN: group') });
}

async function callService(t, name, method, ...args) {
  const service = t.services[hexOf(name)];
  check(service !== undefined && Object.hasOwn(service.methods ?? {}, method), 'E_METHOD_UNKNOWN');
  try {
    return await service.methods[method](t.context(name), ...args);
  } catch (failure) {
    if (t.store.fault !== null || failure instanceof Refusal) throw failure;
    throw new Refusal(`E_STATE: ${failure.message}`);
  }
}

async function setService(t, name, receives, sends, senders = '[]') {
  t.administration.mustBe(t.caller);
  check(Object.hasOwn(t.services, hexOf(name)), 'E_TARGET_FORBIDDEN: no service of this name');
  t.administration.setService(name, { receives: flag(receives), sends: flag(sends), senders: JSON.parse(senders) });
}

async function setPaused(t, to) {
  t.administration.mustBe(t.caller);
  t.administration.setPaused(flag(to));
  t.inbox.tellState();
}

async function administrators(t, what, who) {
  t.administration.mustBe(t.caller);
  t.administration[what](who);
}

async function state(t) {
  const told = new Told();
  told.state(t.inbox.validators, t.administration.paused);
  return told.bytes();
}

async function outcomeOf(t, index) {
  check(/^[0-9]{1,20}$/.test(index), 'E_TYPE: index');
  return Buffer.from(JSON.stringify(await t.inbox.outcomes.get(BigInt(index))));
}

async function lastSent(t, service, dstChain, dstService) {
  const { last } = await t.outbox.lastOf(t.outbox.id(service, dstChain, dstService));
  return Buffer.from(last.toString());
}

/** Each takes the arguments behind the method's name; which of them are bytes stands beside it. */
const METHODS = {
  receiveMessages: { run: (t, delivery) => t.inbox.receive(delivery), bytes: [0] },
  stepEpoch: { run: async (t, set) => t.inbox.stepEpoch(set), bytes: [0] },
  sendMessage: { run: sendMessage, bytes: [0] },
  callService: { run: callService, bytes: [0, 2, 3, 4, 5, 6, 7, 8] },
  setService: { run: setService, bytes: [0] },
  setPaused: { run: setPaused, bytes: [] },
  addAdministrator: { run: (t, who) => administrators(t, 'add', who), bytes: [] },
  removeAdministrator: { run: (t, who) => administrators(t, 'remove', who), bytes: [] },
  state: { run: state, bytes: [] },
  outcomeOf: { run: outcomeOf, bytes: [] },
  lastSent: { run: lastSent, bytes: [0, 1, 2] },
};

/** text undefined: a new version of the chaincode begins, with the state that there is. */
async function initialize(stub, text) {
  const store = new Store(stub);
  const isThere = (await store.json('config')) !== null;
  check(isThere === (text === undefined), isThere ? 'E_EXISTS' : 'E_FIELD_MISSING: configuration');
  if (isThere) return;
  const given = JSON.parse(text);
  suiteOf(given.suite); // or it is refused
  const name = (v) => {
    check(typeof v === 'string' && Buffer.from(v).length >= 3 && Buffer.from(v).length <= CHAIN_MAX, 'E_CONFIG_INVALID: chain id');
    return v;
  };
  const kept = {
    hub: name(given.hub), chain: name(given.chain), chainIdHash: hexOf(bytesOf(given.chainIdHash, 32, 'E_CONFIG_INVALID: chainIdHash')),
    suite: given.suite, floor: String(given.floor ?? 0) };
  check(/^[0-9]{1,20}$/.test(kept.floor), 'E_CONFIG_INVALID: floor');
  check(kept.chainIdHash !== hexOf(ZERO), 'E_CONFIG_INVALID: chainIdHash');
  const config = keptConfig(kept);
  const validators = stateOf(bytesOf(given.set, 0, 'E_CONFIG_INVALID: set'), config, null);
  store.putJson('config', kept);
  store.putJson('validators', validatorsToKeep(validators));
  Administration.begin(store, given.administrators);
  const told = new Told();
  told.state(validators, false);
  await store.flush();
  stub.setEvent(EVENT, told.bytes());
}

export class Chaincode {
  /** services: {name: {onMessage(context, message), methods: {name(context, ...args)}}}. */
  constructor(shim, services) {
    this.shim = shim;
    this.services = Object.fromEntries(Object.entries(services).map(([name, s]) => [hexOf(Buffer.from(name)), s]));
  }

  /** What a refusal says is the caller's; anything else is a fault of ours, and told as one. */
  async answer(run) {
    try {
      return this.shim.success((await run()) ?? Buffer.alloc(0));
    } catch (failure) {
      return this.shim.error(failure instanceof Refusal ? failure.message : `E_BUG: ${failure.message}`);
    }
  }

  async Init(stub) {
    const args = stub.getBufferArgs();
    return this.answer(() => initialize(stub, args[1] === undefined ? undefined : Buffer.from(args[1]).toString()));
  }

  async Invoke(stub) {
    return this.answer(async () => {
      const [name, ...rest] = stub.getBufferArgs().map((b) => Buffer.from(b));
      const method = Object.hasOwn(METHODS, String(name)) ? METHODS[String(name)] : null;
      check(method !== null, 'E_METHOD_UNKNOWN');
      check(rest.length >= method.run.length - 1, 'E_FIELD_MISSING: arguments');
      const args = rest.map((b, i) => (method.bytes.includes(i) ? b : b.toString()));
      const t = await Transaction.of(stub, this.services);
      const result = await method.run(t, ...args);
      await t.end(stub);
      return result;
    });
  }
}
