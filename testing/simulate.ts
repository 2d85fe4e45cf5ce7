/** Runs seeds of the simulation with the author's pipeline, and explains the first seed that fails. */
import type { Pipeline } from '../functions/pipeline.ts';
import { FAULTS } from '../simulate/oracle/counters.ts';
import { type CheckedOptions, checkOptions, type TestOptions } from './options.ts';
import { recordRequests } from './record.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Finding, SimulationReport } from './report.ts';
import { runPipelineSeed } from './run-seed.ts';

export async function simulate(pipeline: Pipeline, options: TestOptions): Promise<SimulationReport> {
  const checked = checkOptions(pipeline, options);
  return simulateRecorded(pipeline, await recordRequests(pipeline, checked, checked.from), checked);
}

interface FailingSeed {
  readonly seed: number;
  readonly requests: readonly RecordedRequest[];
  readonly text: string;
}

/** Failing seeds after which the campaign stops: more of the same say nothing new. */
const FAILING_SEEDS_MAX = 3;

/** `recorded`: the requests of the first seed, and of the others too unless a function makes them. */
export async function simulateRecorded(
  pipeline: Pipeline,
  recorded: readonly RecordedRequest[],
  options: CheckedOptions,
): Promise<SimulationReport> {
  const { from, seeds } = options;
  const failing: FailingSeed[] = [];
  const faults = new Map<string, number>();
  const total = { seeds: 0, requests: 0, readings: 0, applied: 0 };
  const keys = new Set<string>();
  for (let seed = from; seed < from + seeds && failing.length < FAILING_SEEDS_MAX; seed += 1) {
    const isGenerated = typeof options.requests === 'function' && seed > from;
    const own = isGenerated ? await recordRequests(pipeline, options, seed) : recorded;
    const { requests, violations, applied, counters } = await runPipelineSeed(pipeline, own, seed);
    const [first] = violations;
    if (first !== undefined) failing.push({ seed, requests: own, text: first.text });
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
    ...total,
    keys: keys.size,
    problems: first === undefined ? [] : [await explain(pipeline, first, also)],
    faults: Object.fromEntries([...faults].filter(([, count]) => count > 0)),
  };
}

/** Runs the seed again with its trace. */
async function explain(
  pipeline: Pipeline,
  { seed, requests, text }: FailingSeed,
  also: readonly number[],
): Promise<Finding> {
  const { violations, story } = await runPipelineSeed(pipeline, requests, seed, true);
  const again = violations[0]?.text === text ? '' : '; a second run of the seed ended differently';
  const others = also.length === 0 ? '' : `, and so do seeds ${also.join(', ')}`;
  return {
    kind: 'wrong under faults',
    text: `seed ${seed} fails${others}${again}: ${text}`,
    wayOut:
      `Repeat it with { from: ${seed}, seeds: 1 }. Folds are cut into batches, abandoned and repeated, so compute must give ` +
      'the same result for the same state and reading every time. If checkCompute finds nothing either, this may be a bug ' +
      'in Weir: please report the seed.',
    seed,
    story,
  };
}
