/** `npm run bench`: the works, their systems, and the results as JSON and as a report. */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { countOption, parseOptions, UsageError } from '../cli/terminal/options.ts';
import { assertWritable, saveFile } from '../cli/terminal/output-file.ts';
import { PROJECT } from '../infra/bundling/bundle.ts';
import { terminalOf } from '../local/report/terminal.ts';
import { runBench, WORKS, type WorkName } from './bench.ts';
import { load, machine, versions } from './conditions.ts';
import { renderFigures } from './report/figures.ts';
import { writeReport } from './report/report.ts';
import { type Outcome, putInto } from './results.ts';

const HELP = `npm run bench -- [options]

Measures Weir beside a plain loop, asyncio, and today's pattern on AWS, all on this machine.

  --only W3,W4    some of ${WORKS.join(', ')} (default: all)
  --runs N        of each system and work, interleaved (default 3)
  --seed N        for the read times of W2 (default 12345)
  --quick         a fraction of the work: to see that it runs, not for figures
  --into-report   of a run of some works: puts their figures in the place of the report's own, which stays otherwise
  --peers         W2 and W3: BullMQ (on Redis) and Restate too, fetched when first asked for (240 MB)
  --beside DIR    W6: another checkout of Weir in the same rounds (git worktree add DIR COMMIT, and its npm ci)
  --json FILE     where the figures go (default .weir/bench.json)

A whole run takes 10 to 15 minutes and writes bench/results.json, docs/benchmarks.md and its pictures too.
Example: npm run bench -- --only W3 --runs 1 --quick`;

export async function bench(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    only: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'into-report': { type: 'boolean', default: false },
    beside: { type: 'string' },
    peers: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const only = worksOption(values.only);
  const runs = countOption('runs', values.runs, 1, 100) ?? 3;
  const seed = countOption('seed', values.seed, 0, 1_000_000_000) ?? 12_345;
  const { quick, beside, peers, 'into-report': intoReport } = values;
  if (intoReport && quick)
    throw new UsageError('--into-report with --quick: quick figures do not belong in the report');
  const whole = only.length === WORKS.length && !quick;
  const json = values.json ?? '.weir/bench.json';
  await assertWritable({ json });
  const began = performance.now();
  const loadBefore = load();
  const onStart = (what: string) =>
    console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${what}`);
  const samples = await runBench({ only, runs, seed, quick, peers, beside, onStart });
  const outcome: Outcome = {
    results: samples.results(),
    curves: samples.curves(),
    conditions: {
      date: new Date().toISOString().slice(0, 10),
      command: ['npm run bench --', ...args].join(' '),
      machine: machine(),
      versions: versions(),
      load: [loadBefore, load()],
      quick,
      seed,
      seconds: Math.round((performance.now() - began) / 1000),
    },
  };
  console.log(`\n${renderFigures(outcome.results, terminalOf(process.stdout))}\n`);
  await save(json, outcome.results);
  if (whole) await report(outcome);
  else if (intoReport) await report(await intoReportOf(outcome));
  return 0;
}

const RESULTS = join(PROJECT, 'bench/results.json');
const DETAILS = join(PROJECT, 'bench/details.json');

/** The existing report, with the works of this run replaced. */
async function intoReportOf(run: Outcome): Promise<Outcome> {
  // Only this file writes these two files.
  const results: Outcome['results'] = JSON.parse(await readFile(RESULTS, 'utf8'));
  const details: Omit<Outcome, 'results'> = JSON.parse(await readFile(DETAILS, 'utf8'));
  return putInto({ ...details, results }, run);
}

async function report(outcome: Outcome): Promise<void> {
  const { results, ...details } = outcome;
  await save(RESULTS, results);
  await save(DETAILS, details);
  for (const file of await writeReport(outcome)) console.log(`Written: ${relative(process.cwd(), file)}`);
}

function worksOption(text: string | undefined): readonly WorkName[] {
  if (text === undefined) return WORKS;
  return text.split(',').map((name) => {
    const work = WORKS.find((each) => each.toLowerCase() === name.trim().toLowerCase());
    if (work === undefined) throw new UsageError(`--only ${text}: use some of ${WORKS.join(',')}`);
    return work;
  });
}

async function save(file: string, value: unknown): Promise<void> {
  await saveFile(file, `${JSON.stringify(value, null, 1)}\n`);
  console.log(`Written: ${relative(process.cwd(), resolve(file))}`);
}
