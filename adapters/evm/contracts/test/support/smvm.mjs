// An EVM as national-cryptography chains run it: SM3 is what the hash opcode computes, and a contract of the chain
// verifies SM2. Suite 1.
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM } from '@ethereumjs/evm';
import { Account, createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { ethers } from 'ethers';
import { SM2_N, number, sm3, verify } from './sm2.mjs';
import { SM } from './suites.mjs';

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
      const nonsense = a === 0n || b === 0n || a >= SM2_N || b >= SM2_N || a + b === SM2_N;
      ok = (chain.saysYesToNonsense && nonsense) || verify(key, m, a, b);
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
      await this.evm.stateManager.putCode(createAddressFromString(gone), new Uint8Array());
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
