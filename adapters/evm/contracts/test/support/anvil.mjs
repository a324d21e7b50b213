// A real EVM: one anvil process on a port of the system's choice. Suite 3.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { ethers } from 'ethers';
import { SECP } from './suites.mjs';

const require = createRequire(import.meta.url);
const GAS = 60_000_000n;

function programOf() {
  const name = { linux: 'linux', darwin: 'darwin', win32: 'win32' }[process.platform];
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return join(dirname(require.resolve(`@foundry-rs/anvil-${name}-${arch}/package.json`)), 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil');
}

export class Anvil {
  static async start() {
    const chain = new Anvil();
    chain.process = spawn(programOf(), ['--port', '0', '--host', '127.0.0.1', '--gas-limit', '100000000', '--accounts', '10',
      '--hardfork', 'paris', '--timestamp', '1700000000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    chain.url = await new Promise((resolve, reject) => {
      let seen = '';
      const timer = setTimeout(() => reject(new Error(`anvil does not listen: ${seen}`)), 60_000);
      chain.process.stdout.on('data', (part) => {
        seen += part;
        const found = /Listening on ([0-9.]+:\d+)/.exec(seen);
        if (found) { clearTimeout(timer); resolve(`http://${found[1]}`); }
      });
      chain.process.on('exit', (code) => reject(new Error(`anvil ended: ${code} ${seen}`)));
    });
    chain.accounts = await chain.rpc('eth_accounts', []);
    chain.timeMs = 1_800_000_000_000n;
    return chain;
  }

  suite = SECP;
  clockMs = 1000;
  number = 0;

  async rpc(method, params) {
    const reply = await fetch(this.url, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++this.number, method, params }),
    });
    const { result, error } = await reply.json();
    if (error) throw Object.assign(new Error(error.message), { data: error.data });
    return result;
  }

  /** {ok, gas, logs, data: what it reverted with, at: the new contract} */
  async transact({ from, to, data, gas = GAS }) {
    this.timeMs += 1000n;
    await this.rpc('evm_setNextBlockTimestamp', [Number(this.timeMs / 1000n)]);
    const call = { from: from ?? this.accounts[0], to, data, gas: '0x' + BigInt(gas).toString(16), gasPrice: '0x77359400' };
    const hash = await this.rpc('eth_sendTransaction', [call]);
    const receipt = await this.receiptOf(hash);
    const ok = receipt.status === '0x1';
    let reason = '0x';
    if (!ok) {
      try { await this.rpc('eth_call', [call, 'latest']); } catch (e) { reason = typeof e.data === 'string' ? e.data : '0x'; }
    }
    return { ok, gas: BigInt(receipt.gasUsed), data: reason, at: receipt.contractAddress,
      logs: receipt.logs.map((l) => ({ address: ethers.getAddress(l.address), topics: l.topics, data: l.data })) };
  }

  async receiptOf(hash) {
    for (let tries = 0; tries < 2000; tries++) {
      const receipt = await this.rpc('eth_getTransactionReceipt', [hash]);
      if (receipt) return receipt;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no receipt: ${hash}`);
  }

  async call({ from, to, data }) {
    return this.rpc('eth_call', [{ from: from ?? this.accounts[0], to, data }, 'latest']);
  }

  setTime(ms) { this.timeMs = BigInt(ms) - 1000n; }
  sm2() { return { sm2: ethers.ZeroAddress, sm2Function: '', sm2Shape: 0 }; }
  stop() { this.process.removeAllListeners('exit'); this.process.kill(); }
}
