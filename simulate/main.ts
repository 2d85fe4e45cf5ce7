/**
 * npm run simulate -- [--seeds N] [--from S] [--seed S [--trace]] [--mutants] [--workers N] [--json FILE]
 *
 * Exit status 0 only if no invariant was broken, every fault and branch occurred often enough, and, with --mutants,
 * every planted bug was caught.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Campaign, runCampaign } from './campaign.ts';
import { countersBelowGate } from './counters.ts';
import { explain, showEvent } from './explain.ts';
import { mutants } from './mutants.ts';
import { RATE_SAMPLE, showCaught, tryMutants } from './try-mutants.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});
const workers = wholeNumber('workers', values.workers);
/** A campaign of hours is not to fill a log. */
const PROGRESS_MS = 5_000;

if (values.mutants) await runMutants();
else if (values.seed !== undefined) await runOne(wholeNumber('seed', values.seed));
else await runMany();

async function runOne(seed: number): Promise<void> {
  const { failed } = await runCampaign({ from: seed, seeds: 1, workers: 1, keepTrace: true });
  const [run] = failed;
  if (run === undefined) throw new Error(`seed ${seed} did not come to an end`);
  if (values.trace) for (const event of run.events) console.log(showEvent(event, run.events[0]?.at ?? 0));
  console.log(
    run.violations.length === 0 ? `seed ${seed} is clean: ${run.applied} readings applied` : explain(run),
  );
  console.log(`trace ${run.hash}`);
  writeJson({
    seed,
    applied: run.applied,
    violations: run.violations,
    counters: run.counters,
    hash: run.hash,
  });
  process.exitCode = run.violations.length === 0 ? 0 : 1;
}

async function runMany(): Promise<void> {
  const seeds = wholeNumber('seeds', values.seeds);
  const from = wholeNumber('from', values.from);
  const campaign = await runCampaign({ from, seeds, workers, progress: createProgress(seeds) });
  const below = countersBelowGate(campaign.counters, campaign.seeds);
  for (const { seed, reason } of campaign.broken) console.log(`seed ${seed} or one after it: ${reason}`);
  await explainFirst(campaign);
  for (const line of below) console.log(line);
  const violations = campaign.failed.length + campaign.broken.length;
  const share = (100 * campaign.applied) / campaign.accepted;
  console.log(
    `${campaign.seeds} seeds, ${campaign.requests} requests, ${campaign.applied} readings applied ` +
      `(${share.toFixed(1)} % of those admitted), ${violations} seeds with violations; ` +
      `${campaign.seedsPerSecond.toFixed(1)} seeds/s on ${workers} threads, heap ${campaign.heapMbMax} MB at most`,
  );
  const { requests, applied, counters, seedsPerSecond, heapMbMax } = campaign;
  writeJson({
    ...{ seeds: campaign.seeds, from, requests, applied, violations, counters, seedsPerSecond, heapMbMax },
    failed: campaign.failed.map(({ seed, violations }) => ({ seed, violations })),
    belowGate: below,
  });
  process.exitCode = violations === 0 && below.length === 0 ? 0 : 1;
}

/** The first failing seed is run again with its trace kept, and explained; the others are named. */
async function explainFirst({ failed }: Campaign): Promise<void> {
  const [first, ...others] = failed;
  if (first === undefined) return;
  const again = await runCampaign({ from: first.seed, seeds: 1, workers: 1, keepTrace: true });
  console.log(explain(again.failed[0] ?? first));
  if (others.length > 0) console.log(`also: ${others.map(({ seed }) => seed).join(', ')}`);
}

async function runMutants(): Promise<void> {
  const wanted = mutants.filter(({ name }) => values.only === undefined || values.only === name);
  const results = await tryMutants(wanted, workers, RATE_SAMPLE, (result) => console.log(showCaught(result)));
  const missed = results.filter(({ caught }) => !caught);
  console.log(`${results.length - missed.length} of ${results.length} planted bugs were caught`);
  writeJson(results.map(({ name, caught, firstSeed, rate }) => ({ name, caught, firstSeed, rate })));
  process.exitCode = missed.length === 0 ? 0 : 1;
}

function createProgress(seeds: number): (campaign: Campaign) => void {
  let shownAt = performance.now();
  return (campaign) => {
    const now = performance.now();
    if (now - shownAt < PROGRESS_MS) return;
    shownAt = now;
    const failures = campaign.failed.length + campaign.broken.length;
    const line = `${campaign.seeds} of ${seeds} seeds, ${campaign.applied} readings applied, ${failures} seeds failed, ${campaign.seedsPerSecond.toFixed(1)} seeds/s`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}  `);
    else process.stderr.write(`${line}\n`);
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} is ${text}, use a whole number from 1 up`);
  return value;
}

function writeJson(value: unknown): void {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(value, undefined, 2)}\n`);
}
