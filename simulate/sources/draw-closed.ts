/**
 * How a source is closed in a seed: for how long, the wait that it asks for, and the form of its refusals.
 */
import { BusyError } from '../../functions/errors.ts';
import { createChance } from '../world/chance.ts';
import { SAYINGS, type Saying } from './retry-after.ts';

const REFUSES = ['429', '503', 'response', 'BusyError'] as const;
type Refuses = (typeof REFUSES)[number];

export interface Closed {
  readonly seed: number;
  readonly requests: number;
  /** Ms within which the requests are sent; the source is closed from their start. */
  readonly sentMs: number;
  readonly closedMs: number;
  readonly says: Saying;
  readonly refuses: Refuses;
  /** Shares of the invocations that end their environment, and that stall it. */
  readonly deaths: number;
  readonly stills: number;
  readonly tableFails: number;
  readonly itemLost: number | undefined;
}

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** Days after which Weir gives up a request; SQS drops it a day later. */
export const PATIENCE_DAYS = 13;

export function drawClosed(seed: number): Closed {
  const chance = createChance(seed, 21);
  // After this time each request must be set aside, and none may be lost.
  const isLong = chance.happens(0.05);
  const closedMs = isLong
    ? chance.between(PATIENCE_DAYS + 0.5, PATIENCE_DAYS + 3) * DAY_MS
    : chance.spread(MINUTE_MS, (PATIENCE_DAYS - 0.5) * DAY_MS);
  return {
    seed,
    // Each of them is received about a thousand times in those days.
    requests: chance.whole(2, isLong ? 4 : 14),
    sentMs: chance.spread(10, Math.min(closedMs, DAY_MS)),
    closedMs,
    says: chance.pick(SAYINGS),
    refuses: chance.pick(REFUSES),
    deaths: chance.happens(0.3) ? 0.01 : 0,
    stills: chance.happens(0.3) ? 0.01 : 0,
    tableFails: chance.happens(0.2) ? 0.002 : 0,
    itemLost: chance.happens(0.1) ? chance.between(0, closedMs) : undefined,
  };
}

/** In the form in which clients usually throw it. */
export function refusal(refuses: Refuses, header: string | undefined): Error {
  const headers = header === undefined ? {} : { 'retry-after': header };
  switch (refuses) {
    case '429':
      return Object.assign(new Error('Too Many Requests'), { status: 429, headers });
    case '503':
      return Object.assign(new Error('Service Unavailable'), { status: 503, headers });
    case 'response':
      return Object.assign(new Error('failed'), { response: { status: 429, headers: new Headers(headers) } });
    case 'BusyError':
      return new BusyError({ retryAfterMs: 1000 * Number(header) });
  }
}
