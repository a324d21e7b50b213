// Writes out/Yuqiao.json: {compiler, abi, bytecode}, what a deployment needs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';
import { SETTINGS, compile, sourcesOf } from './compile.mjs';

const out = join(dirname(fileURLToPath(import.meta.url)), '..', 'out');
const { abi, bytecode, size } = compile(sourcesOf('src')).Yuqiao;
const { evmVersion, optimizer } = SETTINGS;
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'Yuqiao.json'), JSON.stringify({ compiler: solc.version(), evmVersion, optimizer, abi, bytecode }));
console.log(`out/Yuqiao.json: ${size} bytes of code`);
