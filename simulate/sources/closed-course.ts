/**
 * A source that is closed for minutes or days, read by the product's own reader from a queue that counts
 * receives and drops messages after 14 days. No request may be dead-lettered for it within 13 days, and none
 * may be lost.
 */
import { runClosedReader } from './closed-reader.ts';
import { createClosedWorld } from './closed-world.ts';
import { type Closed, DAY_MS, drawClosed, PATIENCE_DAYS } from './draw-closed.ts';
import type { CountFault } from './fault-counts.ts';

export interface ClosedFigures {
  /** Requests that were read in the end. */
  readonly read: number;
  /** Dead letters whose source had been closed for less than 13 days since they were sent. */
  readonly deadTooSoon: number;
  readonly problems: readonly string[];
}

export type Closing = Pick<Closed, 'closedMs' | 'says' | 'refuses' | 'requests'>;

/** A wait of a year is trusted for one day at a time, and the source may ask for it just before it opens. */
const AFTER_MS = 2.5 * DAY_MS;
/**
 * Otherwise the longest pause is five minutes; a request whose environment died comes after its visibility
 * timeout.
 */
const SOON_MS = 30 * 60_000;
/**
 * Without a time, a closed source is asked once in five minutes, and a few more times until the pause is that
 * long.
 */
const ASKED_EVERY_MS = 300_000;
const ASKED_AT_FIRST = 30;

export function closedFigures(seed: number, count: CountFault): Promise<ClosedFigures> {
  return runClosed(drawClosed(seed), count);
}

export async function runClosed(closed: Closed, count: CountFault): Promise<ClosedFigures> {
  const world = createClosedWorld(closed, count);
  const { clock, queue, sentAt, read, dead, asked } = world;
  const { closedMs, says, requests } = closed;
  const opensAt = clock.now() + closedMs;
  for (const name of ['a', 'b']) void runClosedReader(name, world);
  await clock.runUntilIdle(opensAt + AFTER_MS);
  const isTooSoon = (n: number, at: number) => at - (sentAt.get(n) ?? 0) < PATIENCE_DAYS * DAY_MS;
  const tooSoon = [...dead].filter(([n, at]) => isTooSoon(n, at)).length;
  for (let n = tooSoon; n < dead.size; n += 1) count('request set aside after 13 days');
  const ended = new Set([...read.keys(), ...dead.keys()]).size;
  const left = queue.list().length;
  const lateMs = Math.max(0, ...read.values()) - opensAt;
  const lateMsMax =
    says === 'a year' ? DAY_MS + SOON_MS : says === 'too much' ? 4 * closedMs + SOON_MS : SOON_MS;
  const askedMax = ASKED_AT_FIRST + (closedMs / ASKED_EVERY_MS) * 1.1 + 2 * requests;
  const found = {
    [`${tooSoon} requests dead-lettered by it`]: tooSoon > 0,
    [`${requests - ended} requests lost`]: ended + left < requests,
    [`${left} requests not read long after`]: ended < requests && left > 0,
    [`read ${Math.round(lateMs / 1000)} s after it opened`]: lateMs > lateMsMax,
    [`asked ${asked()} times`]: asked() > askedMax,
  };
  const problems = Object.entries(found).flatMap(([problem, isSo]) => (isSo ? [problem] : []));
  return {
    read: read.size,
    deadTooSoon: tooSoon,
    problems: problems.map((problem) => `${nameOf(closed)}: ${problem}`),
  };
}

function nameOf({ closedMs, says, refuses }: Closed): string {
  return `a source closed for ${Math.round(closedMs / 60_000)} minutes that says ${says} (${refuses})`;
}
