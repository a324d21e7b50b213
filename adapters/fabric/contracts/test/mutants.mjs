// Each check of the sources is taken out once: a test has to fail. A mutant that lives names a check that nothing needs.
// usage: node test/mutants.mjs [FIRST [LAST]], in a folder that `check` made
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { MUTANTS } from './mutants-table.mjs';

const [first, last] = [Number(process.argv[2] ?? 0), Number(process.argv[3] ?? MUTANTS.length - 1)];

const passes = () => spawnSync(process.execPath, ['--test', 'test/rules.test.mjs', 'test/sm2.test.mjs'], { timeout: 300000 }).status === 0;

let alive = 0;
if (!passes()) throw new Error('the tests fail without a mutant');
for (const [i, [file, from, to]] of MUTANTS.entries()) {
  if (i < first || i > last) continue;
  const path = `src/${file}.mjs`;
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${i}: ${path} does not have exactly once: ${from}`);
  writeFileSync(path, source.replace(from, to));
  try {
    const lives = passes();
    alive += lives ? 1 : 0;
    console.log(`${lives ? 'ALIVE' : 'dead '} ${i} ${file}: ${from.trim().slice(0, 90)}`);
  } finally {
    writeFileSync(path, source);
  }
}
console.log(JSON.stringify({ mutants: last - first + 1, alive }));
process.exit(alive === 0 ? 0 : 1);
