/**
 * The sources of a pipeline: the source of a request, and the limits of its reads. Each limit is per source, for all
 * environments of the stack together (reader/gate/).
 */
import { PermanentError } from './errors.ts';
import { isRecord } from './json.ts';
import { kindOf, shownOption } from './kind-of.ts';
import { suggest } from './nearest.ts';

export interface SourceLimits {
  /** Reads per second, for all environments together: 0.5 means one every two seconds. Default: no limit. */
  readonly rate?: number;
  /** Reads that may begin at once after a pause. Default: 1, which spaces reads evenly. */
  readonly burst?: number;
  /**
   * Reads at once, for all environments together. With `'adaptive'` Weir finds how many reads at once and per second the source
   * can take, from the time of its reads and from its refusals. Default: no limit.
   */
  readonly concurrency?: number | 'adaptive';
  /**
   * A read that is slower than nearly all others of its source gets a second attempt beside the first. This happens for at most
   * 2 % of the reads. The first result wins. Only for reads that may run twice at once. Default: false.
   */
  readonly hedge?: boolean;
}

export interface SourceOptions<Request> extends SourceLimits {
  /** Returns the name of the source, such as its host. At most ten thousand names at a time. */
  readonly of: (request: Request) => string;
}

/** The argument of `of` was checked when it came in. */
export interface PipelineSource extends SourceLimits {
  readonly of: { call(request: unknown): string }['call'];
}

export const SOURCE_NAME_BYTES_MAX = 256;

type Check = (value: unknown) => string | undefined;

const RATE_MIN = 1 / 3600;
const RATE_MAX = 100_000;
const AT_ONCE_MAX = 10_000;
const CONCURRENCY_MAX = 1_000;

const checks = {
  of: (value) =>
    kindOf(value) === 'a function' ? undefined : notThe('a function, of: (request) => request.host', value),
  rate: (value) =>
    isNumber(value, RATE_MIN, RATE_MAX)
      ? undefined
      : notThe(`reads a second, from one an hour (${RATE_MIN.toFixed(6)}) to ${RATE_MAX}`, value),
  burst: (value) =>
    isNumber(value, 1, AT_ONCE_MAX) && Number.isInteger(value)
      ? undefined
      : notThe(`a whole number from 1 to ${AT_ONCE_MAX}`, value),
  concurrency: (value) =>
    value === 'adaptive' || (isNumber(value, 1, CONCURRENCY_MAX) && Number.isInteger(value))
      ? undefined
      : notThe(`a whole number from 1 to ${CONCURRENCY_MAX}, or "adaptive"`, value),
  hedge: (value) =>
    typeof value === 'boolean' ? undefined : notThe('true if a read may run twice at once, or false', value),
} satisfies Record<keyof SourceOptions<unknown>, Check>;

/** The problems of the option `source`, each with the name of its property. */
export function* sourceProblems(source: unknown): Generator<string> {
  if (!isRecord(source)) {
    yield `source ${notThe('an object, source: { of: (request) => request.host, rate: 20 }', source)}`;
    return;
  }
  for (const name of Object.keys(source)) {
    if (!Object.hasOwn(checks, name))
      yield `source.${name} is not an option: ${suggest(name, Object.keys(checks))}`;
  }
  for (const [name, check] of Object.entries<Check>(checks)) {
    const value = source[name];
    const problem = value === undefined && name !== 'of' ? undefined : check(value);
    if (problem !== undefined) yield `source.${name} ${problem}`;
  }
  if (source['burst'] !== undefined && source['rate'] === undefined)
    yield 'source.burst goes with source.rate: add rate, or remove burst';
}

/** If `of` fails once, it will fail on every attempt. */
export function sourceOf(source: PipelineSource, request: unknown): string {
  let name: unknown;
  try {
    name = source.of(request);
  } catch (cause) {
    throw new PermanentError('source.of threw, so it is not known which source the request is for', {
      cause,
    });
  }
  if (typeof name !== 'string')
    throw new PermanentError(`source.of returned ${kindOf(name)}, the name of a source is a string`);
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > SOURCE_NAME_BYTES_MAX || !name.isWellFormed()) {
    throw new PermanentError(
      `source.of returned a name of ${bytes} bytes: use 1 to ${SOURCE_NAME_BYTES_MAX}, whole characters`,
    );
  }
  return name;
}

function isNumber(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

function notThe(wanted: string, value: unknown): string {
  return `is ${shownOption(value)}: use ${wanted}`;
}
