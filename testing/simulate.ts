/** Runs seeds of the simulation with the author's pipeline, and says of the first that fails what happened. */
import type { Pipeline } from '../functions/pipeline.ts';
import { FAULTS } from '../simulate/counters.ts';
import { type CheckedOptions, checkOptions, type TestOptions } from './options.ts';
import { type RecordedRequest, recordRequests } from './record.ts';
import type { Finding, SimulationReport } from './report.ts';
import { runPipelineSeed } from './run-seed.ts';

export async function simulate(pipeline: Pipeline, options: TestOptions): Promise<SimulationReport> {
  const checked = checkOptions(pipeline, options);
  return simulateRecorded(pipeline, await recordRequests(pipeline, checked, checked.from), checked);
}

/** Seeds that fail alike say nothing new. */
const FAILING_SEEDS_MAX = 3;

/** `recorded` are the requests of the first seed, and of all others unless a function makes them. */
export async function simulateRecorded(
  pipeline: Pipeline,
  recorded: readonly RecordedRequest[],
  options: CheckedOptions,
): Promise<SimulationReport> {
  const { from, seeds } = options;
  const failing: { readonly seed: number; readonly requests: readonly RecordedRequest[] }[] = [];
  const faults = new Map<string, number>();
  const total = { seeds: 0, requests: 0, readings: 0, applied: 0 };
  const keys = new Set<string>();
  for (let seed = from; seed < from + seeds && failing.length < FAILING_SEEDS_MAX; seed += 1) {
    const isGenerated = typeof options.requests === 'function' && seed > from;
    const own = isGenerated ? await recordRequests(pipeline, options, seed) : recorded;
    const { requests, violations, applied, counters } = await runPipelineSeed(pipeline, own, seed);
    if (violations.length > 0) failing.push({ seed, requests: own });
    for (const name of FAULTS) faults.set(name, (faults.get(name) ?? 0) + counters[name]);
    const readings = requests.flatMap((request) => request.readings);
    for (const { key } of readings) keys.add(key);
    total.seeds += 1;
    total.requests += requests.length;
    total.readings += readings.length;
    total.applied += applied;
  }
  const [first, ...others] = failing;
  const also = others.map(({ seed }) => seed);
  return {
    ...{ ...total, keys: keys.size },
    problems: first === undefined ? [] : [await explain(pipeline, first.requests, first.seed, also)],
    faults: Object.fromEntries([...faults].filter(([, count]) => count > 0)),
  };
}

async function explain(
  pipeline: Pipeline,
  requests: readonly RecordedRequest[],
  seed: number,
  also: readonly number[],
): Promise<Finding> {
  const { violations, story } = await runPipelineSeed(pipeline, requests, seed, true);
  const [first] = violations;
  const again = also.length === 0 ? '' : `; so do the seeds ${also.join(', ')}`;
  return {
    kind: 'wrong under faults',
    text: `seed ${seed}: ${first?.text.trim() ?? 'the second run of it found nothing'}${again}`,
    wayOut:
      `See it again with { from: ${seed}, seeds: 1 }. Folds are cut into batches, given up and made again: compute must make ` +
      'the same of the same state and reading every time. If it does, this is a fault of Weir: please report the seed.',
    ...{ seed, story },
  };
}
