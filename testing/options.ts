/**
 * The options of a test, checked before anything runs: a kit that silently tested nothing would pass
 * everything.
 */
import { isRecord } from '../functions/json.ts';
import type { Pipeline, ReadContext, Readings } from '../functions/pipeline.ts';
import type { Random } from '../functions/ports.ts';

export interface TestOptions {
  /**
   * The requests to submit: a list of request bodies, a function that makes one from random numbers in [0,
   * 1), or the path of a file in the format of `weir submit` (NDJSON).
   */
  readonly requests: readonly unknown[] | ((random: Random) => unknown) | string;
  /** Requests that the function makes for each seed. Default: 40. */
  readonly count?: number;
  /** Replaces the pipeline's read, which may need a network. It is called once for each request. */
  read?(request: unknown, context: ReadContext): Promise<Readings<unknown>> | Readings<unknown>;
  /** Number of seeds to simulate (default 20), and the first seed (default 1). */
  readonly seeds?: number;
  readonly from?: number;
  /** False: a compute whose result depends on the order of requests is a problem instead of a notice. */
  readonly orderSensitive?: false;
  /** False: a state that grows with every reading is a problem instead of a notice. */
  readonly growing?: false;
  /** Readings on which compute throws are intended: they are notices. */
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
    refuse('requests is empty: give at least one request');
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
      `the pipeline is ${typeName(pipeline)}: give the result of definePipeline, the default export of its file`,
    );
}

/** The simulation waits for setImmediate, which never fires while fake timers are on. */
function checkClocks(): void {
  if (Reflect.has(setImmediate, 'clock')) {
    refuse('fake timers are on: call vi.useRealTimers() first; the kit has its own clock');
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
