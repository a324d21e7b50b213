// An EVM as national-cryptography chains run it: SM3 is what the hash opcode computes, and a contract of the chain
// verifies SM2. It takes r and s as they come, so that what the inbox itself checks shows. Suite 1.
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM } from '@ethereumjs/evm';
import { Account, createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { weierstrassN } from '@noble/curves/abstract/weierstrass';
import { ethers } from 'ethers';
import { SM, SM2_ID, sm3 } from './suites.mjs';

const CURVE = {
  p: BigInt('0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF'),
  n: BigInt('0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123'),
  a: BigInt('0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC'),
  b: BigInt('0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93'),
  h: 1n,
  Gx: BigInt('0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7'),
  Gy: BigInt('0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0'),
};
export const SM2_N = CURVE.n;
const Point = weierstrassN(CURVE);
const word = (v) => Buffer.from(v.toString(16).padStart(64, '0'), 'hex');
const mod = (v) => ((v % CURVE.n) + CURVE.n) % CURVE.n;
const number = (b) => BigInt('0x' + Buffer.from(b).toString('hex'));

function digestOf(key, message) {
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(8 * SM2_ID.length);
  const z = sm3(Buffer.concat([bits, Buffer.from(SM2_ID), ...[CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map(word), key]));
  return number(sm3(Buffer.concat([z, message])));
}

const verdicts = new Map(); // tests verify the same certificates over and over

export function sm2Verify(key, message, r, s) {
  const id = `${Buffer.concat([key, message]).toString('hex')} ${r} ${s}`;
  if (!verdicts.has(id)) verdicts.set(id, compute(key, message, r, s));
  return verdicts.get(id);
}

function compute(key, message, r, s) {
  let point;
  try {
    point = Point.fromHex('04' + Buffer.from(key).toString('hex'));
  } catch {
    return false;
  }
  const t = mod(r + s);
  const sum = (t === 0n ? Point.ZERO : point.multiplyUnsafe(t)).add(mod(s) === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(mod(s)));
  const x = sum.is0() ? 0n : sum.toAffine().x;
  return mod(digestOf(key, message) + x) === mod(r);
}

const SHAPES = {
  1: { text: 'sm2Verify(bytes32,bytes,bytes32,bytes32)', types: ['bytes32', 'bytes', 'bytes32', 'bytes32'] },
  2: { text: 'sm2Verify(bytes,bytes)', types: ['bytes', 'bytes'] },
};
const AT = { 1: '0x000000000000000000000000000000000000100a', 2: '0x0000000000000000000000000000000000005006' };
const abi = ethers.AbiCoder.defaultAbiCoder();
const answer = (ok) => hexToBytes(abi.encode(['bool', 'address'], [ok, ok ? '0x' + '11'.repeat(20) : ethers.ZeroAddress]));

/** The chain's selectors are hashed with SM3, too. */
function precompile(shape, chain) {
  const selector = sm3(Buffer.from(SHAPES[shape].text)).subarray(0, 4);
  return ({ data }) => {
    const input = Buffer.from(data);
    let ok = false;
    if (input.subarray(0, 4).equals(selector)) {
      const v = abi.decode(SHAPES[shape].types, input.subarray(4)).map((a) => Buffer.from(ethers.getBytes(a)));
      const [m, key, r, s] = shape === 1 ? v : [v[0], v[1].subarray(64), v[1].subarray(0, 32), v[1].subarray(32, 64)];
      const [a, b] = [number(r), number(s)];
      const nonsense = a === 0n || b === 0n || a >= CURVE.n || b >= CURVE.n || mod(a + b) === 0n;
      ok = (chain.saysYesToNonsense && nonsense) || sm2Verify(key, m, a, b);
    }
    return { executionGasUsed: 3000n, returnValue: answer(ok) };
  };
}

export class SmVm {
  static async start() {
    const chain = new SmVm();
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Istanbul, customCrypto: { keccak256: (b) => new Uint8Array(sm3(b)) } });
    const customPrecompiles = [1, 2].map((shape) => ({
      address: createAddressFromString(AT[shape]), function: precompile(shape, chain) }));
    chain.evm = await createEVM({ common, customPrecompiles });
    chain.accounts = Array.from({ length: 10 }, (_, i) => ethers.getAddress('0x' + sm3(Buffer.from(`account ${i}`)).subarray(12).toString('hex')));
    for (const a of chain.accounts) {
      await chain.evm.stateManager.putAccount(createAddressFromString(a), new Account(0n, 10n ** 24n));
    }
    chain.timeMs = 1_800_000_000_000n;
    return chain;
  }

  suite = SM;
  saysYesToNonsense = false;
  clockMs = 1;

  async run({ from, to, data, gas = 60_000_000n }) {
    const caller = createAddressFromString(from ?? this.accounts[0]);
    const block = { header: {
      number: 1n, coinbase: createAddressFromString(ethers.ZeroAddress), timestamp: this.timeMs, difficulty: 0n,
      prevRandao: new Uint8Array(32), gasLimit: 100_000_000n, baseFeePerGas: undefined, getBlobGasPrice: () => undefined } };
    const account = await this.evm.stateManager.getAccount(caller);
    account.nonce += 1n;
    await this.evm.stateManager.putAccount(caller, account);
    const result = await this.evm.runCall({
      caller, origin: caller, to: to && createAddressFromString(to), data: hexToBytes(data), gasLimit: BigInt(gas), gasPrice: 0n, block });
    for (const gone of result.execResult.selfdestruct?.keys() ?? []) {
      await this.evm.stateManager.deleteAccount(createAddressFromString(gone));
    }
    await this.evm.journal.cleanup();
    return result;
  }

  async transact(call) {
    this.timeMs += 1000n;
    const { execResult, createdAddress } = await this.run(call);
    const ok = !execResult.exceptionError;
    return {
      ok, gas: execResult.executionGasUsed, data: ethers.hexlify(execResult.returnValue), at: createdAddress?.toString(),
      logs: ok ? (execResult.logs ?? []).map(([address, topics, data]) => ({
        address: ethers.getAddress(ethers.hexlify(address)), topics: topics.map((t) => ethers.hexlify(t)), data: ethers.hexlify(data) })) : [],
    };
  }

  /** A call that leaves nothing behind. */
  async call(call) {
    await this.evm.journal.checkpoint();
    const { execResult } = await this.run(call);
    await this.evm.journal.revert();
    if (execResult.exceptionError) throw Object.assign(new Error('reverted'), { data: ethers.hexlify(execResult.returnValue) });
    return ethers.hexlify(execResult.returnValue);
  }

  setTime(ms) { this.timeMs = BigInt(ms) - 1000n; }
  sm2(shape = 1) { return { sm2: AT[shape], sm2Function: SHAPES[shape].text, sm2Shape: shape }; }
  stop() {}
}
