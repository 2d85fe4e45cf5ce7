/** `npm run bench`: the works, the systems that do them, and what came out, as JSON and as a report. */
import { join, relative, resolve } from 'node:path';
import { countOption, parseOptions, UsageError } from '../cli/terminal/options.ts';
import { assertWritable, saveFile } from '../cli/terminal/output-file.ts';
import { PROJECT } from '../infra/bundling/bundle.ts';
import { terminalOf } from '../local/report/terminal.ts';
import { runBench, WORKS, type WorkName } from './bench.ts';
import { load, machine, versions } from './conditions.ts';
import { renderFigures } from './report/figures.ts';
import { writeReport } from './report/report.ts';
import type { Outcome } from './results.ts';

const HELP = `npm run bench -- [options]

Measures Weir beside a plain loop, asyncio, and today's pattern on AWS, all on this machine.

  --only W3,W4    some of ${WORKS.join(', ')} (default: all)
  --runs N        of each system and work, interleaved (default 3)
  --seed N        for the read times of W2 (default 12345)
  --quick         a fraction of the work: to see that it runs, not for figures
  --json FILE     where the figures go (default bench/results.json for a whole run, else .weir/bench.json)

A whole run takes 10 to 15 minutes and writes docs/benchmarks.md and its pictures too.
Example: npm run bench -- --only W3 --runs 1 --quick`;

export async function bench(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    only: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    quick: { type: 'boolean', default: false },
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
  const { quick } = values;
  const whole = only.length === WORKS.length && !quick;
  const json = values.json ?? (whole ? join(PROJECT, 'bench/results.json') : '.weir/bench.json');
  await assertWritable({ json });
  const began = performance.now();
  const loadBefore = load();
  const onStart = (what: string) =>
    console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${what}`);
  const samples = await runBench({ only, runs, seed, quick, onStart });
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
  if (!whole) return 0;
  const { results: _, ...details } = outcome;
  await save(join(PROJECT, 'bench/details.json'), details);
  for (const file of await writeReport(outcome)) console.log(`Written: ${relative(process.cwd(), file)}`);
  return 0;
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
