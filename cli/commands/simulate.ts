/**
 * `npm run simulate`: a campaign of seeds, one seed with its trace, or the planted bugs. This file parses the
 * call; run.ts runs a seed.
 */

import { nearest } from '../../functions/nearest.ts';
import { type Campaign, runCampaign } from '../../simulate/campaign/campaign.ts';
import { explain } from '../../simulate/campaign/explain.ts';
import { showCounts } from '../../simulate/campaign/show-counts.ts';
import { showEvent } from '../../simulate/campaign/story.ts';
import { RATE_SAMPLE, showCaught, tryMutants } from '../../simulate/campaign/try-mutants.ts';
import { mutants } from '../../simulate/mutants/mutants.ts';
import { countersBelowGate } from '../../simulate/oracle/counters.ts';
import { countOption, parseOptions, UsageError } from '../terminal/options.ts';
import { assertWritable, saveFile } from '../terminal/output-file.ts';

const HELP = `npm run simulate -- [options]

Runs the functions themselves on a virtual clock through faults that each seed draws, and checks every invariant.
docs/simulation.md says what is checked.

  --seeds N          so many seeds, one after the other (default 200)
  --from SEED        the first of them (default 1)
  --seed SEED        this one alone
  --trace            with --seed: every event
  --counts           after a campaign: how often each fault and branch occurred, as a table
  --mutants          plant the known bugs one by one, and see that each is caught; --seeds says by how many each is
                     looked for at least (default ${RATE_SAMPLE})
  --only NAME        with --mutants: this one alone
  --workers N        threads (default 2)
  --json FILE        write the result as JSON

Exit status 0: no invariant was broken, every fault and branch occurred often enough, every planted bug was caught.
Examples: npm run simulate -- --seeds 2000
          npm run simulate -- --seed 17 --trace
          npm run simulate -- --mutants`;

/** Every seed of the longest campaign can be given to --seed. */
const SEEDS_MAX = 1_000_000_000;
/** A campaign of hours must not fill a log. */
const PROGRESS_MS = 5_000;

try {
  process.exitCode = await simulate(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`simulate: ${error.message}\nnpm run simulate -- --help shows how to call it.`);
  process.exitCode = 2;
}

async function simulate(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    counts: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
    workers: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { trace, counts, only, json } = values;
  const workers = countOption('workers', values.workers, 1, 256) ?? 2;
  const asked = countOption('seeds', values.seeds, 1, SEEDS_MAX);
  const from = countOption('from', values.from, 1, SEEDS_MAX) ?? 1;
  const seed = countOption('seed', values.seed, 1, 2 * SEEDS_MAX);
  if (trace && seed === undefined) throw new UsageError('--trace goes with --seed SEED');
  if (counts && (seed !== undefined || values.mutants)) throw new UsageError('--counts goes with a campaign');
  if (only !== undefined && !values.mutants) throw new UsageError('--only goes with --mutants');
  await assertWritable({ json });
  if (values.mutants) return runMutants(only, { sample: asked ?? RATE_SAMPLE, workers }, json);
  return seed === undefined
    ? runMany({ from, seeds: asked ?? 200, workers }, { counts, json })
    : runOne(seed, trace, json);
}

async function runOne(seed: number, trace: boolean, json: string | undefined): Promise<number> {
  const { failed } = await runCampaign({ from: seed, seeds: 1, workers: 1, keepTrace: true });
  const [run] = failed;
  if (run === undefined) throw new Error(`seed ${seed} did not come to an end`);
  if (trace) for (const event of run.events) console.log(showEvent(event, run.events[0]?.at ?? 0));
  console.log(
    run.violations.length === 0 ? `seed ${seed} is clean: ${run.applied} readings applied` : explain(run),
  );
  console.log(`trace ${run.hash}`);
  await writeJson(json, {
    seed,
    applied: run.applied,
    violations: run.violations,
    counters: run.counters,
    hash: run.hash,
  });
  return run.violations.length === 0 ? 0 : 1;
}

async function runMany(
  { from, seeds, workers }: { from: number; seeds: number; workers: number },
  { counts, json }: { readonly counts: boolean; readonly json: string | undefined },
): Promise<number> {
  const campaign = await runCampaign({ from, seeds, workers, progress: createProgress(seeds) });
  const below = countersBelowGate(campaign.counters, campaign.seeds);
  for (const { seed, reason } of campaign.broken) console.log(`seed ${seed} or one after it: ${reason}`);
  await explainFirst(campaign);
  if (counts) console.log(`${showCounts(campaign.counters)}\n`);
  for (const line of below) console.log(line);
  const violations = campaign.failed.length + campaign.broken.length;
  const share = (100 * campaign.applied) / campaign.accepted;
  console.log(
    `${campaign.seeds} seeds, ${campaign.requests} requests, ${campaign.applied} readings applied ` +
      `(${share.toFixed(1)} % of those admitted), ${violations} seeds with violations; ` +
      `${campaign.seedsPerSecond.toFixed(1)} seeds/s on ${workers} threads, heap ${campaign.heapMbMax} MB at most`,
  );
  const { requests, applied, counters, seedsPerSecond, heapMbMax } = campaign;
  await writeJson(json, {
    seeds: campaign.seeds,
    from,
    requests,
    applied,
    violations,
    counters,
    seedsPerSecond,
    heapMbMax,
    failed: campaign.failed.map(({ seed, violations }) => ({ seed, violations })),
    belowGate: below,
  });
  return violations === 0 && below.length === 0 ? 0 : 1;
}

/** Runs the first failing seed again with its trace and explains it; names the others. */
async function explainFirst({ failed }: Campaign): Promise<void> {
  const [first, ...others] = failed;
  if (first === undefined) return;
  const again = await runCampaign({ from: first.seed, seeds: 1, workers: 1, keepTrace: true });
  console.log(explain(again.failed[0] ?? first));
  if (others.length > 0) console.log(`also: ${others.map(({ seed }) => seed).join(', ')}`);
}

async function runMutants(
  only: string | undefined,
  { sample, workers }: { readonly sample: number; readonly workers: number },
  json: string | undefined,
): Promise<number> {
  const wanted = mutants.filter(({ name }) => only === undefined || only === name);
  if (wanted.length === 0) {
    const meant = nearest(
      only ?? '',
      mutants.map(({ name }) => name),
    );
    throw new UsageError(
      `--only ${only}: ${meant === undefined ? 'docs/simulation.md lists the planted bugs' : `did you mean "${meant}"?`}`,
    );
  }
  const results = await tryMutants(wanted, workers, sample, (result) => console.log(showCaught(result)));
  const missed = results.filter(({ caught }) => !caught);
  console.log(`${results.length - missed.length} of ${results.length} planted bugs were caught`);
  const brief = results.map(({ name, caught, firstSeed, rate, seeds }) => ({
    name,
    caught,
    firstSeed,
    rate,
    seeds,
  }));
  await writeJson(json, brief);
  return missed.length === 0 ? 0 : 1;
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

async function writeJson(file: string | undefined, value: unknown): Promise<void> {
  if (file !== undefined) await saveFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
