// Compares yuqiao-oracle with other implementations over seeded cases; README.md.
// usage: node run.mjs YUQIAO_ORACLE [--suite NAME] [--seed TEXT] [--count N]

import { spawnSync } from 'node:child_process';
import { Draw, attempt } from './draw.mjs';
import { rules } from './rules.mjs';
import { suites } from './suites/all.mjs';

const SHOWN_MAX = 10;
const CHUNK = 2000;

function options(argv) {
  const out = { program: argv[0], suite: null, seed: 'yuqiao', count: 0 };
  for (let i = 1; i < argv.length; i += 2) {
    const name = argv[i].replace(/^--/, '');
    if (!['suite', 'seed', 'count'].includes(name) || argv[i + 1] === undefined) return null;
    out[name] = name === 'count' ? Number(argv[i + 1]) : argv[i + 1];
  }
  const known = out.suite === null || out.suite in suites;
  return out.program && known && Number.isInteger(out.count) && out.count >= 0 ? out : null;
}

/** The answers of the C program, one for each request. */
function ask(program, requests) {
  const out = [];
  for (let i = 0; i < requests.length; i += CHUNK) {
    const chunk = requests.slice(i, i + CHUNK);
    const run = spawnSync(program, { input: chunk.join('\n') + '\n', maxBuffer: 1 << 30 });
    const answers = run.stdout.toString().split('\n').slice(0, -1);
    if (run.status !== 0 || answers.length !== chunk.length) {
      throw new Error(`yuqiao-oracle ended (${run.status ?? run.signal}) at: ` +
        `${chunk[answers.length]?.slice(0, 2000)}\n${run.stderr}`);
    }
    out.push(...answers);
  }
  return out;
}

const refused = (answer) => answer.startsWith('E_');

class Tally {
  constructor(name) {
    Object.assign(this, { name, cases: 0, accepted: 0, refused: 0, ruled: 0, failed: 0 });
    this.labels = new Map();
  }

  /**
   * One case: want is the other implementation's answer, null where it refuses; label says what
   * was done to it.
   */
  judge(item, answer) {
    this.cases++;
    this.labels.set(item.label, (this.labels.get(item.label) ?? 0) + 1);
    if (refused(answer)) this.refused++;
    else this.accepted++;
    const own = rules.filter((r) => r.suites.includes(this.name));
    const agrees = item.want === null ? refused(answer) : answer === item.want;
    if (agrees && (refused(answer) || !own.some((r) => attempt(() => r.forbids?.(item))))) return;
    const rule = agrees ? undefined : own.find((r) => r.applies(item, answer));
    if (rule !== undefined) {
      rule.matched = (rule.matched ?? 0) + 1;
      this.ruled++;
      return;
    }
    if (this.failed++ < SHOWN_MAX) {
      console.log(`DIFFERS ${this.name} (${item.label})`);
      console.log(`  request ${item.request.slice(0, 4000)}`);
      console.log(`  ours    ${answer.slice(0, 2000)}`);
      console.log(`  theirs  ${item.want === null ? 'refused' : item.want.slice(0, 2000)}`);
    }
  }

  /** A fact that has no request of its own. */
  claim(label, good, detail) {
    this.judge({ label, want: 'yes', request: detail }, good ? 'yes' : 'no');
  }
}

async function runSuite(name, opt) {
  const begin = Date.now();
  const tally = new Tally(name);
  const suite = suites[name];
  const count = opt.count || suite.count;
  await suite.run({
    draw: new Draw(`${opt.seed}/${name}`),
    count,
    ask: (requests) => ask(opt.program, requests),
    claim: (...args) => tally.claim(...args),
    compare(items) {
      const answers = ask(opt.program, items.map((item) => item.request));
      items.forEach((item, i) => tally.judge(item, answers[i]));
    },
  });
  const idle = tally.cases < count || tally.accepted === 0 || tally.refused === 0;
  if (idle) console.log(`IDLE    ${name}: it must take some and refuse some`);
  console.log(`${tally.failed || idle ? 'FAILED ' : 'ok     '} ${name}: ${tally.cases} cases of ` +
    `${tally.labels.size} kinds, ${tally.accepted} accepted, ${tally.refused} refused, ` +
    `${tally.ruled} differ by rule, ${tally.failed} differ (${Date.now() - begin} ms)`);
  return tally.failed > 0 || idle;
}

const opt = options(process.argv.slice(2));
if (opt === null) {
  console.error('usage: node run.mjs YUQIAO_ORACLE [--suite NAME] [--seed TEXT] [--count N]\n' +
    `suites: ${Object.keys(suites).join(' ')}`);
  process.exit(2);
}
let bad = 0;
const names = opt.suite === null ? Object.keys(suites) : [opt.suite];
for (const name of names) bad += await runSuite(name, opt);
for (const rule of rules.filter((r) => r.suites.some((s) => names.includes(s)))) {
  console.log(`rule    ${rule.name}: ${rule.matched ?? 0} times`);
}
if (opt.suite === null && opt.count === 0) {
  for (const rule of rules.filter((r) => !r.matched)) {
    console.log(`IDLE    rule ${rule.name} matched nothing: it must go, or the cases must reach it`);
    bad++;
  }
}
process.exit(bad > 0 ? 1 : 0);
