/** The workload of `weir plan`: a file, options, or both. An option overrides the file. */
import { resolve } from 'node:path';
import { isRecord } from '../../functions/json.ts';
import { loadPipeline } from '../../infra/bundling/load-pipeline.ts';
import { WorkloadError } from '../../plan/fields.ts';
import { readWorkload, readWorkloadFile } from '../../plan/read-workload.ts';
import type { Workload } from '../../plan/workload.ts';
import { UsageError } from '../terminal/options.ts';
import type { PlanValues } from './plan-options.ts';

export async function workloadOf(values: PlanValues): Promise<Workload> {
  try {
    const { value, folder } =
      values.workload === undefined ? { value: {}, folder: '.' } : readWorkloadFile(values.workload);
    const fields: Record<string, unknown> = {
      ...(typeof value === 'object' && !Array.isArray(value) ? value : fail(value)),
      ...given(values),
    };
    const backfill = backfillOf(values, fields['backfill']);
    if (backfill !== undefined) fields['backfill'] = backfill;
    const file = values.pipeline ?? pipelineIn(fields, folder);
    if (file === undefined) return readWorkload(fields, { folder });
    const { name, limits, order, merge, source, backfill: lane } = await loadPipeline(resolve(file));
    if (lane === undefined && 'backfill' in fields) throw noBackfill(name);
    const own = { folder, limits, order: order.by, source, lane, ...(merge && { merges: true as const }) };
    return readWorkload({ name, ...fields }, own);
  } catch (error) {
    throw error instanceof WorkloadError ? new UsageError(withOptions(error.message)) : error;
  }
}

function noBackfill(name: string): UsageError {
  return new UsageError(
    `--backfill: pipeline ${name} has no backfill lane: add backfill: {} to its file, or plan without a backfill`,
  );
}

function backfillOf(values: PlanValues, inFile: unknown): unknown {
  const { backfill: requests, 'backfill-rate': rate } = values;
  if (requests === undefined && rate === undefined) return inFile;
  if (requests === undefined && inFile === undefined)
    throw new UsageError('--backfill-rate needs --backfill N, the number of its requests');
  return {
    ...(isRecord(inFile) ? inFile : {}),
    ...(requests === undefined ? {} : { requests: toNumber(requests) }),
    ...(rate === undefined ? {} : { requestsPerSecond: toNumber(rate) }),
  };
}

/** Names the option beside each field at the start of a line, as the caller may have no workload file. */
function withOptions(message: string): string {
  const options = new Map([
    ...Object.entries(FIELDS).map(([option, field]) => [field as string, `--${option}`] as const),
    ['readMs', '--read-median'] as const,
  ]);
  return message.replace(/^( *)(\w+)(?= is )/gm, (whole, indent: string, field: string) => {
    const option = options.get(field);
    return option === undefined || option === `--${field}` ? whole : `${indent}${field} (${option})`;
  });
}

function fail(value: unknown): never {
  throw new WorkloadError(
    `the workload is ${JSON.stringify(value).slice(0, 60)}: give an object, as in docs/plan.md`,
  );
}

function pipelineIn(fields: object, folder: string): string | undefined {
  const file = 'pipeline' in fields ? fields.pipeline : undefined;
  return typeof file === 'string' ? resolve(folder, file) : undefined;
}

/**
 * The options as fields of a workload. Text that is not a number stays text; the workload's schema refuses it
 * by name.
 */
function given(values: PlanValues): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [option, field] of Object.entries(FIELDS)) {
    const value = Object.entries(values).find(([name]) => name === option)?.[1];
    if (value !== undefined) fields[field] = toNumber(String(value));
  }
  if (values.order !== undefined) fields['order'] = values.order;
  if (values.arrivals !== undefined) fields['arrivals'] = values.arrivals;
  const { 'read-median': median, 'read-p99': p99, 'read-samples': samples } = values;
  if (samples !== undefined) fields['readMs'] = { samples: resolve(samples) };
  else if (median !== undefined && p99 !== undefined)
    fields['readMs'] = { median: toNumber(median), p99: toNumber(p99) };
  else if (median !== undefined) fields['readMs'] = toNumber(median);
  else if (p99 !== undefined) throw new UsageError('--read-p99 needs --read-median');
  return fields;
}

function toNumber(value: string): unknown {
  return /^-?\d*\.?\d+(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
}

/** The workload's numbers, by option. */
const FIELDS = {
  rate: 'requestsPerSecond',
  readings: 'readingsPerRequest',
  compute: 'computeMs',
  merge: 'mergeMs',
  keys: 'keys',
  skew: 'skew',
  'request-bytes': 'requestBytes',
  'reading-bytes': 'readingBytes',
  'state-bytes': 'stateBytes',
  memory: 'memoryMb',
  readers: 'readersMax',
  computes: 'computesMax',
  'reads-per-invocation': 'readsPerInvocation',
  sources: 'sources',
} as const;
