// Takes each check of the sources out, one at a time, and runs the tests that ought to see it. Prints one line of JSON;
// exit code 1 when a mutant lives. usage: node test/mutants.mjs [SUBSTRING of the mutants to run]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allSources, compiled } from './support/artifacts.mjs';
import { mutants } from './mutants-table.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const sources = allSources();
const wanted = mutants.filter((m) => `${m.file} ${m.cut}`.includes(process.argv[2] ?? ''));
const folder = mkdtempSync(join(tmpdir(), 'yuqiao-mutants-'));
const living = [];

function textOf({ file, cut, put }) {
  const name = `src/${file}.sol`;
  const parts = sources[name].split(cut);
  if (parts.length !== 2) throw new Error(`${name} has ${parts.length - 1} times: ${cut}`);
  return { [name]: parts.join(put ?? '') };
}

const made = wanted.map((m) => [m, textOf(m)]); // all of the table fits the sources, before anything runs
for (const [m, changed] of made) {
  compiled({ ...sources, ...changed });
  const path = join(folder, 'sources.json');
  writeFileSync(path, JSON.stringify(changed));
  const run = spawnSync(process.execPath, ['--test', `--test-name-pattern=${m.tests}`, join(here, `${m.chain ?? 'secp256k1'}.test.mjs`)],
    { env: { ...process.env, MUTANT_SOURCES: path, NODE_TEST_CONTEXT: undefined }, encoding: 'utf8' });
  const passed = Number(/^# pass (\d+)/m.exec(run.stdout)?.[1]);
  const failed = Number(/^# fail (\d+)/m.exec(run.stdout)?.[1]);
  if (!(failed > 0)) living.push(`${m.file}: ${m.cut} (${passed} tests passed)`);
  process.stderr.write(`${failed > 0 ? 'found' : 'LIVES'} ${m.file}: ${m.cut.trim().split('\n')[0]}\n`);
}
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ mutants: wanted.length, found: wanted.length - living.length, living }));
process.exitCode = living.length > 0 ? 1 : 0;
