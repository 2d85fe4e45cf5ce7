/** What a test may say, checked before anything is run: a kit that silently tested nothing would pass everything. */
import { isRecord } from '../functions/json.ts';
import type { Pipeline, ReadContext, Readings } from '../functions/pipeline.ts';
import type { Random } from '../functions/ports.ts';

export interface TestOptions {
  /**
   * What is submitted: bodies of requests, or a function that makes one from random numbers in [0, 1), or the path of a file
   * in the format of `weir submit` (NDJSON).
   */
  readonly requests: readonly unknown[] | ((random: Random) => unknown) | string;
  /** How many requests the function makes for each seed: 40 if nothing else is said. */
  readonly count?: number;
  /** In place of the pipeline's own read, which may need a network. It is called once for each request. */
  read?(request: unknown, context: ReadContext): Promise<Readings<unknown>> | Readings<unknown>;
  /** How many runs of the simulation (20 if nothing else is said), and the seed of the first (1). */
  readonly seeds?: number;
  readonly from?: number;
  /** False: a compute whose result depends on the order of requests is a problem, not a notice. */
  readonly orderSensitive?: false;
  /** False: a state that grows with every reading is a problem, not a notice. */
  readonly growing?: false;
  /** Readings over which compute throws are meant: they are notices. */
  readonly poison?: 'allowed';
}

const SEEDS = 20;
const COUNT = 40;
const MOST: Readonly<Record<string, number>> = { seeds: 100_000, from: 2 ** 40, count: 1_000 };

export interface CheckedOptions extends TestOptions {
  readonly seeds: number;
  readonly from: number;
  readonly count: number;
}

export function checkOptions(pipeline: Pipeline, options: TestOptions): CheckedOptions {
  checkPipeline(pipeline);
  if (!isRecord(options)) refuse(`the options are ${typeName(options)}: give { requests: [...] }`);
  const { requests, seeds = SEEDS, from = 1, count = COUNT } = options;
  if (Array.isArray(requests) && requests.length === 0) {
    refuse('requests is empty: give at least one request, a test of none shows nothing');
  }
  if (!Array.isArray(requests) && typeof requests !== 'function' && typeof requests !== 'string') {
    refuse(
      `requests is ${typeName(requests)}: give a list of request bodies, a function (random) => body, or the path of an NDJSON file`,
    );
  }
  if (options.read !== undefined && typeof options.read !== 'function') {
    refuse(`read is ${typeName(options.read)}: give a function (request) => readings, or leave it out`);
  }
  for (const [name, value] of Object.entries({ seeds, from, count }))
    checkWhole(name, value, MOST[name] ?? 0);
  checkClocks();
  return { ...options, seeds, from, count };
}

export function checkPipeline(pipeline: unknown): void {
  const sound =
    isRecord(pipeline) &&
    typeof pipeline['name'] === 'string' &&
    typeof pipeline['compute'] === 'function' &&
    isRecord(pipeline['order']) &&
    isRecord(pipeline['limits']);
  if (!sound)
    refuse(
      `the pipeline is ${typeName(pipeline)}: give what definePipeline returns, the default export of its file`,
    );
}

/** The simulation waits for setImmediate, which never comes while a test's clock stands still. */
function checkClocks(): void {
  if (Reflect.has(setImmediate, 'clock')) {
    refuse('fake timers are on: call vi.useRealTimers() before, the kit has a clock of its own');
  }
}

function checkWhole(name: string, value: unknown, max: number): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= max) return;
  refuse(
    `${name} is ${JSON.stringify(value) ?? String(value)}: give a whole number from 1 to ${max.toLocaleString('en')}`,
  );
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return value === undefined ? 'undefined' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export function refuse(problem: string, cause?: unknown): never {
  throw new Error(`weir-pipelines/testing: ${problem}`, cause === undefined ? {} : { cause });
}
