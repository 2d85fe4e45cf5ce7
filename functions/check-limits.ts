/** Checks the limits of a pipeline: their names and bounds. All are whole numbers. */
import { kindOf } from './kind-of.ts';
import {
  defaultLimits,
  type Limits,
  RECEIPT_REACH_DAYS,
  RETENTION_DAYS,
  TIMEOUT_MARGIN_MS,
} from './limits.ts';
import { suggest } from './nearest.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const WORK_MS_MAX = 900_000 - TIMEOUT_MARGIN_MS;
/** SQS's largest maxReceiveCount (1,000), less a margin for receives that are not attempts (infra/settings/settings.ts). */
const ATTEMPTS_MAX = 900;
/** A repeat may wait in two queues and their dead-letter queues, and its receipt must still exist after that. */
const RESUBMIT_MS_MAX = (RECEIPT_REACH_DAYS - 4 * RETENTION_DAYS) * 86_400_000;
const MEBIBYTE = 1024 * 1024;

const bounds = {
  readTimeoutMs: [1, WORK_MS_MAX],
  readsPerInvocation: [1, 1000],
  readAttempts: [1, ATTEMPTS_MAX],
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  readersMax: [2, 1000],
  computesMax: [2, 1000],
  // The wait comes at the end of a read, so it must fit the margin that a function reserves of its timeout.
  lingerMs: [0, TIMEOUT_MARGIN_MS / 5],
  commitAfterMs: [0, WORK_MS_MAX],
  computeTimeoutMs: [1, WORK_MS_MAX],
  resubmitWithinMs: [0, RESUBMIT_MS_MAX],
  submitHopsMax: [0, 100_000],
  submitsPerRequestMax: [0, 100_000_000],
  writeTimeoutMs: [1, WORK_MS_MAX],
  cacheBytesMax: [0, 10_240 * MEBIBYTE],
  memoryMb: [128, 10_240],
} satisfies Record<keyof Limits, readonly [min: number, max: number]>;

/** The problems of a definition's limits, each with the name of its limit. */
export function* limitProblems(given: Readonly<Record<string, unknown>>): Generator<string> {
  const limits: Record<keyof Limits, number> = { ...defaultLimits };
  let sound = true;
  for (const [name, value] of Object.entries(given)) {
    if (!isLimit(name)) {
      yield `limits.${name} is no limit: ${suggest(name, Object.keys(bounds))}`;
      continue;
    }
    const [min, max] = bounds[name];
    if (value === undefined) continue;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      limits[name] = value;
      continue;
    }
    sound = false;
    const shown = typeof value === 'number' ? value : kindOf(value);
    yield `limits.${name} is ${shown}: use a whole number from ${min} to ${max}`;
  }
  if (sound) yield* contradictions(limits);
}

function isLimit(name: string): name is keyof Limits {
  return Object.hasOwn(bounds, name);
}

function* contradictions({ commitAfterMs, computeTimeoutMs, cacheBytesMax, memoryMb }: Limits) {
  if (commitAfterMs >= computeTimeoutMs) {
    yield `limits.commitAfterMs is ${commitAfterMs}, not below limits.computeTimeoutMs, ${computeTimeoutMs}: lower the first`;
  }
  if (cacheBytesMax > (memoryMb * MEBIBYTE) / 2) {
    yield `limits.cacheBytesMax is ${cacheBytesMax}, more than half of limits.memoryMb, ${memoryMb}: lower the first`;
  }
}
