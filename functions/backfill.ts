/**
 * The backfill lane: requests for older data wait in a queue of their own and use at most a share of each source, so live
 * requests keep their latency. Their readings take the same path as all others.
 */
import { isRecord } from './json.ts';
import { kindOf, shownOption } from './kind-of.ts';
import { suggest } from './nearest.ts';

export interface BackfillOptions {
  /** The most readers of the lane that run at once, in addition to `limits.readersMax`: 2 to 1000. Default: 5. */
  readonly readersMax?: number;
  /**
   * The largest part of each source's rate and concurrency that the lane may use, 0.01 to 0.99. Live requests may use all
   * that the lane leaves. Only with `source`. Default: 0.2.
   */
  readonly share?: number;
}

export type Backfill = Required<BackfillOptions>;

export const defaultBackfill: Backfill = { readersMax: 5, share: 0.2 };

/** The lane of a request: which of the two queues it came from. */
export type Lane = 'live' | 'backfill';

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const READERS_MIN = 2;
const READERS_MAX = 1000;
const SHARE_MIN = 0.01;
const SHARE_MAX = 0.99;

/** The problems of the option `backfill`, each with its name. */
export function* backfillProblems(backfill: unknown, source: unknown): Generator<string> {
  if (!isRecord(backfill)) {
    yield `backfill is ${kindOf(backfill)}: use an object, backfill: { readersMax: 5, share: 0.2 }`;
    return;
  }
  for (const name of Object.keys(backfill)) {
    if (!Object.hasOwn(defaultBackfill, name))
      yield `backfill.${name} is not an option: ${suggest(name, Object.keys(defaultBackfill))}`;
  }
  const { readersMax, share } = backfill;
  if (
    readersMax !== undefined &&
    !(isWithin(readersMax, READERS_MIN, READERS_MAX) && Number.isInteger(readersMax))
  )
    yield `backfill.readersMax is ${shownOption(readersMax)}: use a whole number from ${READERS_MIN} to ${READERS_MAX}`;
  if (share === undefined) return;
  if (!isWithin(share, SHARE_MIN, SHARE_MAX)) {
    yield `backfill.share is ${shownOption(share)}: use a part of each source's limits from ${SHARE_MIN} to ${SHARE_MAX}, such as 0.2`;
  }
  if (source === undefined) {
    yield 'backfill.share goes with source: without source there are no limits to share; add source, or remove share';
  }
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}
