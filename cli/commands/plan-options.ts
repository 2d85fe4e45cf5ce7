/** The options of `weir plan`. */
import type { parseOptions } from '../terminal/options.ts';

export type PlanValues = ReturnType<typeof parseOptions<typeof OPTIONS>>;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
export const OPTIONS = {
  workload: text,
  pipeline: text,
  rate: text,
  readings: text,
  compute: text,
  merge: text,
  keys: text,
  skew: text,
  'read-median': text,
  'read-p99': text,
  'read-samples': text,
  order: text,
  arrivals: text,
  memory: text,
  'request-bytes': text,
  'reading-bytes': text,
  'state-bytes': text,
  readers: text,
  computes: text,
  'reads-per-invocation': text,
  sources: text,
  backfill: text,
  'backfill-rate': text,
  prices: text,
  seed: text,
  requests: text,
  json: text,
  runs: text,
  stacks: text,
  region: { type: 'string', default: 'us-east-1' },
  page: { type: 'string', default: '.weir/plan.html' },
  local: flag,
  check: flag,
  help: { type: 'boolean', short: 'h', default: false },
} as const;
