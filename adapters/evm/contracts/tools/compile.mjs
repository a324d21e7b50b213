// Compiles the contracts; the settings here are those that the README states.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';

const HERE = join(dirname(fileURLToPath(import.meta.url)), '..');

export const SETTINGS = {
  evmVersion: 'istanbul',
  metadata: { bytecodeHash: 'none' },
  optimizer: { enabled: true, runs: 1 },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};

/** File name to text, of a folder beside this one. */
export function sourcesOf(folder) {
  const files = readdirSync(join(HERE, folder)).filter((f) => f.endsWith('.sol'));
  return Object.fromEntries(files.map((f) => [`${folder}/${f}`, readFileSync(join(HERE, folder, f), 'utf8')]));
}

/** Name to {abi, bytecode, size}; throws on an error or a warning. */
export function compile(sources) {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings: SETTINGS,
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  if (output.errors?.length) throw new Error(output.errors.map((e) => e.formattedMessage).join('\n'));
  const made = {};
  for (const contracts of Object.values(output.contracts)) {
    for (const [name, c] of Object.entries(contracts)) {
      const size = c.evm.deployedBytecode.object.length / 2;
      made[name] = { abi: c.abi, bytecode: '0x' + c.evm.bytecode.object, size };
    }
  }
  return made;
}
