// A peer that a chaincode registers with: the protocol of fabric-shim over gRPC, and the state of one channel. It speaks
// as a peer does: READY, INIT and TRANSACTION go out, state is asked and answered in between, COMPLETED comes back.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import grpc from '@grpc/grpc-js';
import protos from '@hyperledger/fabric-protos';

const { common, msp, peer } = protos;
const { Type } = peer.ChaincodeMessage;
const WAIT_MS = 20000;
const CHANNEL = 'city-410300';

/** What a client signed: the chaincode learns from it who calls. */
function signedProposal(args, who) {
  const identity = new msp.SerializedIdentity();
  identity.setMspid('Org1MSP');
  identity.setIdBytes(Buffer.from(`cert of ${who}`));
  const signature = new common.SignatureHeader();
  signature.setCreator(identity.serializeBinary());
  signature.setNonce(Buffer.alloc(24, 1));
  const channel = new common.ChannelHeader();
  channel.setType(common.HeaderType.ENDORSER_TRANSACTION);
  channel.setChannelId(CHANNEL);
  const header = new common.Header();
  header.setChannelHeader(channel.serializeBinary());
  header.setSignatureHeader(signature.serializeBinary());
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(args.serializeBinary());
  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(payload.serializeBinary());
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(proposal.serializeBinary());
  return signed;
}

export class Peer {
  static async start(folder) {
    const p = new Peer();
    Object.assign(p, { state: new Map(), waiting: null, log: '', count: 0 });
    p.server = new grpc.Server();
    p.registered = new Promise((resolve) => { p.onRegistered = resolve; });
    p.server.addService(peer.ChaincodeSupportService, { register: (stream) => p.serve(stream) });
    const port = await new Promise((resolve, reject) => {
      p.server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    p.child = spawn(process.execPath, ['src/main.mjs', '--peer.address', `127.0.0.1:${port}`, '--chaincode-id-name', 'yuqiao:1'], { cwd: folder });
    for (const out of [p.child.stdout, p.child.stderr]) out.on('data', (d) => { p.log += d; });
    await p.inTime(p.registered, 'the chaincode did not register');
    return p;
  }

  async inTime(promise, text) {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${text}: ${this.log.slice(-2000)}`)), WAIT_MS); });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async stop() {
    this.child.kill('SIGKILL');
    await new Promise((resolve) => { this.child.once('exit', resolve); });
    this.server.forceShutdown();
  }

  serve(stream) {
    this.stream = stream;
    stream.on('data', (message) => this.take(message));
    stream.on('error', () => {});
  }

  say(type, payload, like) {
    const m = new peer.ChaincodeMessage();
    m.setType(type);
    m.setPayload(payload);
    if (like) {
      m.setTxid(like.getTxid());
      m.setChannelId(like.getChannelId());
    }
    this.stream.write(m);
  }

  take(m) {
    const payload = Buffer.from(m.getPayload_asU8());
    if (m.getType() === Type.REGISTER) {
      this.name = peer.ChaincodeID.deserializeBinary(payload).getName();
      this.say(Type.REGISTERED, Buffer.alloc(0));
      this.say(Type.READY, Buffer.alloc(0));
      this.onRegistered();
    } else if (m.getType() === Type.GET_STATE) {
      const key = peer.GetState.deserializeBinary(payload).getKey();
      this.waiting.reads.push(key);
      if (this.broken?.test(key)) this.say(Type.ERROR, Buffer.from('GET_STATE failed'), m);
      else this.say(Type.RESPONSE, this.state.get(key) ?? Buffer.alloc(0), m);
    } else if (m.getType() === Type.PUT_STATE) {
      const put = peer.PutState.deserializeBinary(payload);
      this.waiting.writes.set(put.getKey(), Buffer.from(put.getValue_asU8()));
      this.say(Type.RESPONSE, Buffer.alloc(0), m);
    } else if (m.getType() === Type.DEL_STATE) {
      this.waiting.writes.set(peer.DelState.deserializeBinary(payload).getKey(), null);
      this.say(Type.RESPONSE, Buffer.alloc(0), m);
    } else {
      this.waiting.end(m, payload);
    }
  }

  /** One transaction, simulated; and committed when it is a success. */
  async call(type, who, args) {
    const input = new peer.ChaincodeInput();
    input.setArgsList(args.map((a) => Buffer.from(a)));
    const m = new peer.ChaincodeMessage();
    m.setType(type);
    m.setPayload(input.serializeBinary());
    m.setTxid(createHash('sha256').update(String(this.count++)).digest('hex'));
    m.setChannelId(CHANNEL);
    m.setProposal(signedProposal(input, who));
    const ended = new Promise((resolve) => { this.waiting = { reads: [], writes: new Map(), end: (last, payload) => resolve([last, payload]) }; });
    const { reads, writes } = this.waiting;
    this.stream.write(m);
    const [last, payload] = await this.inTime(ended, 'the chaincode does not answer');
    if (last.getType() !== Type.COMPLETED) throw new Error(`message ${last.getType()}: ${payload}`);
    const response = peer.Response.deserializeBinary(payload);
    const event = last.getChaincodeEvent();
    const ok = response.getStatus() === 200;
    for (const [key, value] of ok ? writes : []) {
      if (value === null) this.state.delete(key);
      else this.state.set(key, value);
    }
    return {
      ok, reason: response.getMessage(), payload: Buffer.from(response.getPayload_asU8()), reads, writes,
      event: event && { name: event.getEventName(), data: Buffer.from(event.getPayload_asU8()) } };
  }

  init(who, ...args) { return this.call(Type.INIT, who, ['init', ...args]); }

  invoke(who, ...args) { return this.call(Type.TRANSACTION, who, args); }
}
