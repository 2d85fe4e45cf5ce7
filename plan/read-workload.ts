/**
 * Makes a workload from a JSON file or from flags. Every value is checked before anything is computed, and all problems are
 * reported at once, each with the name, the value and what to give instead.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Backfill, defaultBackfill } from '../functions/backfill.ts';
import { defined } from '../functions/defined.ts';
import {
  defaultLimits,
  type Limits,
  READINGS_PER_REQUEST_MAX,
  STATE_BYTES_MAX,
} from '../functions/limits.ts';
import type { SourceLimits } from '../functions/source.ts';
import { Fields, TIME_MAX_MS, WorkloadError } from './fields.ts';
import { assumable, type Burst, defaults, type Workload } from './workload.ts';

export interface ReadOptions {
  /** The folder from which paths in the workload start. */
  readonly folder: string;
  /** The limits of the planned pipeline, if there is one. Its settings count as given. */
  readonly limits?: Limits;
  /** The order of that pipeline. Default: arrival. */
  readonly order?: Workload['order'];
  /** Set if that pipeline has `merge`. By default a partial then takes as long as a reading. */
  readonly merges?: true;
  /** The limits of that pipeline's sources, and its backfill lane. */
  readonly source?: SourceLimits | undefined;
  readonly lane?: Backfill | undefined;
}

/** Reads the workload in a file. Paths in it are relative to the file. */
export function readWorkloadFile(file: string): { value: unknown; folder: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new WorkloadError(`${file}: there is no such file, or it cannot be read`);
  }
  try {
    return { value: JSON.parse(text), folder: dirname(resolve(file)) };
  } catch (error) {
    throw new WorkloadError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function readWorkload(
  value: unknown,
  { folder, limits, order: ownOrder, merges, source, lane }: ReadOptions,
): Workload {
  const fields = new Fields(value, 'the workload', folder);
  const readingsPerRequest = fields.whole(
    'readingsPerRequest',
    defaults.readingsPerRequest,
    1,
    READINGS_PER_REQUEST_MAX,
  );
  const order = fields.word('order', ['arrival', 'request'] as const, ownOrder ?? defaults.order);
  const keys = fields.whole('keys', defaults.keys, 1, 1e12);
  const computeMs = fields.number('computeMs', defaults.computeMs, 0, TIME_MAX_MS);
  const workload: Workload = {
    name: fields.text('name', defaults.name),
    assumed: assumedOf(fields),
    requestsPerSecond: fields.number('requestsPerSecond', undefined, 1e-6, RATE_MAX),
    burst: readBurst(fields),
    arrivals: fields.word('arrivals', ['random', 'backlog'] as const, defaults.arrivals),
    readingsPerRequest,
    keysPerRequest: fields.whole(
      'keysPerRequest',
      defaults.keysPerRequest,
      1,
      Math.min(keys, readingsPerRequest),
    ),
    read: fields.distribution('readMs'),
    computeMs,
    mergeMs:
      merges || fields.has('mergeMs') ? fields.number('mergeMs', computeMs, 0, TIME_MAX_MS) : undefined,
    write: fields.has('writeMs') ? fields.distribution('writeMs') : undefined,
    outputsPerReading: fields.number('outputsPerReading', defaults.outputsPerReading, 0, 1000),
    wakesPerReading: fields.number('wakesPerReading', defaults.wakesPerReading, 0, 16),
    keys,
    skew: fields.number('skew', defaults.skew, 0, 5),
    order,
    tenants: fields.whole('tenants', defaults.tenants, 0, 1e12),
    requestBytes: fields.whole('requestBytes', defaults.requestBytes, 1, 1_048_576),
    readingBytes: fields.whole('readingBytes', defaults.readingBytes, 1, 256_000),
    stateBytes: fields.whole('stateBytes', defaults.stateBytes, 1, STATE_BYTES_MAX),
    outputBytes: fields.whole('outputBytes', defaults.outputBytes, 1, 65_536),
    limits: readLimits(fields, limits ?? defaultLimits),
    ...readSettings(fields, limits),
    ...readLanes(fields, { source, lane }),
  };
  fields.take('pipeline');
  checkTogether(fields, workload);
  fields.end();
  return workload;
}

function checkTogether(fields: Fields, { order, keysPerRequest, arrivals, burst }: Workload): void {
  if (order === 'request' && keysPerRequest > 1) {
    fields.problem('keysPerRequest', keysPerRequest, '1, because in request order a request has one key');
  }
  if (arrivals === 'backlog' && burst !== undefined) {
    fields.problem('arrivals', arrivals, 'random, because a burst has times of its own');
  }
}

const RATE_MAX = 1e9;

/** Without `write`, outputs need no assumption; without several readings per request, neither does their spread over keys. */
function assumedOf(fields: Fields): Workload['assumed'] {
  const names = Object.entries(assumable).filter(
    ([name]) =>
      !fields.has(name) &&
      (!name.startsWith('output') || fields.has('writeMs')) &&
      (name !== 'keysPerRequest' || fields.has('readingsPerRequest')),
  );
  return Object.fromEntries(names);
}

function readBurst(fields: Fields): Burst | undefined {
  if (!fields.has('burst')) return undefined;
  const own = fields.group('burst');
  const everySeconds = own.number('everySeconds', undefined, 1, 86_400 * 31);
  const burst = {
    requestsPerSecond: own.number('requestsPerSecond', undefined, 1e-6, RATE_MAX),
    seconds: own.number('seconds', undefined, 0.001, everySeconds),
    everySeconds,
  };
  own.leave();
  return burst;
}

function readSettings(
  fields: Fields,
  limits: Limits | undefined,
): Pick<Workload, 'readers' | 'computes' | 'readsPerInvocation'> {
  return {
    readers: fields.wholeOrNone('readersMax', 2, 1000) ?? limits?.readersMax,
    computes: fields.wholeOrNone('computesMax', 2, 1000) ?? limits?.computesMax,
    readsPerInvocation: fields.wholeOrNone('readsPerInvocation', 1, 1000),
  };
}

/** Without the pipeline, the lane of a backfill has its defaults. */
function readLanes(
  fields: Fields,
  { source, lane }: Pick<ReadOptions, 'source' | 'lane'>,
): Pick<Workload, 'source' | 'sources' | 'backfill' | 'lane'> {
  const known = { sources: fields.wholeOrNone('sources', 1, 1e9), ...defined({ source, lane }) };
  if (!fields.has('backfill')) return known;
  const own = fields.group('backfill');
  const backfill = {
    requests: own.whole('requests', undefined, 1, 1e12),
    requestsPerSecond: own.has('requestsPerSecond')
      ? own.number('requestsPerSecond', undefined, 1e-6, RATE_MAX)
      : void own.take('requestsPerSecond'),
  };
  own.leave();
  return { ...known, backfill, lane: lane ?? defaultBackfill };
}

function readLimits(fields: Fields, given: Limits): Limits {
  return {
    ...given,
    readTimeoutMs: fields.whole('readTimeoutMs', given.readTimeoutMs, 1, 890_000),
    computeTimeoutMs: fields.whole('computeTimeoutMs', given.computeTimeoutMs, 1, 890_000),
    lingerMs: fields.whole('lingerMs', given.lingerMs, 0, 10_000),
    commitAfterMs: fields.whole('commitAfterMs', given.commitAfterMs, 0, 890_000),
    memoryMb: fields.whole('memoryMb', given.memoryMb, 128, 10_240),
  };
}
