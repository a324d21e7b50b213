// The compiled contracts of src and test/contracts, kept between runs by the hash of their text.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS, compile, sourcesOf } from '../../tools/compile.mjs';

const OUT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'out');

export function allSources() { return { ...sourcesOf('src'), ...sourcesOf('test/contracts') }; }

export function compiled(sources = allSources()) {
  const name = createHash('sha256').update(JSON.stringify([SETTINGS, sources])).digest('hex').slice(0, 24);
  const path = join(OUT, `${name}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  const made = compile(sources);
  mkdirSync(OUT, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(made));
  renameSync(`${path}.${process.pid}`, path);
  return made;
}

/** What the tests run: MUTANT_SOURCES names a file of texts that stand in for those of src. */
export const artifacts = compiled(
  process.env.MUTANT_SOURCES ? { ...allSources(), ...JSON.parse(readFileSync(process.env.MUTANT_SOURCES, 'utf8')) } : undefined);
