// Each check of the sources is taken out once: a test has to fail. A mutant that lives names a check that nothing needs.
// usage: node test/mutants.mjs [FIRST [LAST]], in a folder that `check` made
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { MUTANTS } from './mutants-table.mjs';

const [first, last] = [Number(process.argv[2] ?? 0), Number(process.argv[3] ?? MUTANTS.length - 1)];

/** By suite 2, which is quick, but where only suite 1 can tell. */
function passes(suite) {
  const env = { ...process.env, YUQIAO_SUITE: suite, NODE_TEST_CONTEXT: undefined };
  const files = suite === '1' ? ['test/sm2.test.mjs', 'test/rules.test.mjs'] : ['test/rules.test.mjs'];
  return spawnSync(process.execPath, ['--test', ...files], { timeout: 300000, env }).status === 0;
}

let alive = 0;
if (!passes('1') || !passes('2')) throw new Error('the tests fail without a mutant');
for (const [i, [file, from, to, suite = '2']] of MUTANTS.entries()) {
  if (i < first || i > last) continue;
  const path = `src/${file}.mjs`;
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${i}: ${path} does not have exactly once: ${from}`);
  writeFileSync(path, source.replace(from, to));
  try {
    const lives = passes(suite);
    alive += lives ? 1 : 0;
    console.log(`${lives ? 'ALIVE' : 'dead '} ${i} ${file}: ${from.trim().slice(0, 90)}`);
  } finally {
    writeFileSync(path, source);
  }
}
console.log(JSON.stringify({ mutants: last - first + 1, alive }));
process.exit(alive === 0 ? 0 : 1);
