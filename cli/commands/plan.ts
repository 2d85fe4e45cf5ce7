/** `weir plan`: predicts the behaviour and cost of a pipeline before it is deployed. */
import { relative, resolve } from 'node:path';
import { systemClock } from '../../functions/aws/clock.ts';
import { readPrices } from '../../local/bill/prices.ts';
import { createProgress } from '../../local/report/progress.ts';
import { terminalOf } from '../../local/report/terminal.ts';
import { type Forecast, makePlan, type Plan } from '../../plan/plan.ts';
import { awsProfile, localProfile, slowFifoProfile } from '../../plan/profile.ts';
import { REGIONS } from '../../plan/quotas.ts';
import { stageTimes } from '../../plan/report/latency.ts';
import { renderPlanPage } from '../../plan/report/page.ts';
import { renderPlan } from '../../plan/report/text.ts';
import { partOf } from '../../plan/stacks.ts';
import { countOption, INTERRUPTED, parseOptions, UsageError } from '../terminal/options.ts';
import { assertWritable, saveFile } from '../terminal/output-file.ts';
import { OPTIONS } from './plan-options.ts';
import { workloadOf } from './plan-workload.ts';

const HELP = `weir plan [options]

Tells whether AWS can carry a rate and with which settings, how long a reading will take, which limit you reach first, and
the monthly bill. Describe the workload in a JSON file (docs/plan.md) or with options. An option overrides the file.

The workload
  --workload FILE      a JSON file
  --pipeline FILE      take limits and order from this pipeline
  --rate N             requests per second
  --readings N         readings per request
  --read-median MS, --read-p99 MS   time of a read; with the median alone every read takes that long
  --read-samples FILE  measured times of reads, one a line
  --compute MS         time to compute one reading, on a whole processor
  --merge MS           time to merge one partial, where the pipeline has merge (default: as for one reading)
  --keys N, --skew N   number of keys, and the Zipf exponent of their shares (0: all equal)
  --order ORDER        arrival or request
  --arrivals WHEN      random (default), or backlog: the requests wait before the start, so batches are full
  --request-bytes N, --reading-bytes N, --state-bytes N   sizes
The settings
  --memory MB          memory of each function
  --readers N, --computes N, --reads-per-invocation N   plan with these instead of the needed ones
  --sources N          the requests read from so many sources: the limits of source hold for each (with --pipeline)
  --backfill N         also plan a backfill of so many requests: its time, its bill, the limits while it runs
  --backfill-rate N    its requests are submitted at this rate; default: they all wait, and are read as fast as the lane may
  --stacks N           the keys are shared out over so many stacks: plan the one with the hottest key
  --region NAME        region, for the FIFO quota (default us-east-1)
  --prices FILE        price list (default local/bill/prices.json)
The calculation
  --local              use the times of the local run instead of AWS's
  --seed N, --requests N   seed and size of the simulation (default 1 and 40000)
  --json FILE, --page FILE   write the plan as JSON, and as a page (default .weir/plan.html)
  --check              run the same work in the model and on this machine, and compare
  --runs N             with --check: quiet runs on this machine (default 3)

Exit status 0: AWS can carry it. 1: no setting carries it.
Examples: weir plan --rate 50 --read-median 100 --read-p99 1600 --keys 20
          weir plan --workload plan/examples/large.json`;

export async function plan(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help || args.length === 0) {
    console.log(HELP);
    return 0;
  }
  const seed = countOption('seed', values.seed, 0, 1_000_000_000) ?? 1;
  if (values.check) {
    const { checkPlan } = await import('./plan-check.ts');
    return checkPlan(seed, countOption('runs', values.runs, 1, 20) ?? 3);
  }
  const requests = countOption('requests', values.requests, 1_000, 2_000_000) ?? 40_000;
  if (!REGIONS.includes(values.region)) {
    throw new UsageError(`--region ${values.region}: give one of ${REGIONS.join(', ')}`);
  }
  await assertWritable({ json: values.json, page: values.page });
  const stacks = countOption('stacks', values.stacks, 1, 10_000) ?? 1;
  const whole = await workloadOf(values);
  const workload = stacks === 1 ? whole : partOf(whole, stacks);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  // Progress goes to standard error, so that a pipe receives only the plan.
  using progress = createProgress(process.stderr, systemClock);
  const made = await makePlan(
    workload,
    {
      ...(values.local ? { profile: localProfile } : { profile: awsProfile, pessimistic: slowFifoProfile }),
      prices: readPrices(values.prices),
      region: values.region,
      seed,
      requests,
    },
    {
      signal: interrupted.signal,
      onProgress: (arrived, committed, reading, computing) =>
        progress.update({
          requests: Math.max(requests, arrived),
          done: arrived,
          applied: committed,
          reading,
          computing,
          dead: 0,
        }),
    },
  );
  progress.end();
  if (interrupted.signal.aborted) return INTERRUPTED;
  console.log(renderPlan(made, terminalOf(process.stdout)));
  await saveFile(values.page, renderPlanPage(made));
  console.log(`\nThe plan as a page: ${relative(process.cwd(), resolve(values.page))}`);
  if (values.json !== undefined) await saveFile(values.json, `${JSON.stringify(jsonOf(made), null, 2)}\n`);
  return made.verdict === 'never' ? 1 : 0;
}

function jsonOf({ forecast, pessimistic, withNeeded, ...rest }: Plan): unknown {
  return {
    ...rest,
    forecast: figuresOf(forecast),
    pessimistic: figuresOf(pessimistic),
    withNeeded: figuresOf(withNeeded),
  };
}

/** Leaves out the times of each reading. */
function figuresOf(forecast: Forecast | undefined): unknown {
  if (forecast === undefined) return undefined;
  const { outcome, ...others } = forecast;
  const { measured, ...figures } = outcome;
  return { ...others, latency: stageTimes(measured), simulated: figures };
}
