/**
 * Problems of a run, grouped for reading: what was given up (dead letters), what failed and was tried again
 * (failures, as observed), which keys are stopped, and what the pipeline's own rule skipped.
 */
import type { KeyItem } from '../../functions/state.ts';
import { type WaitingKey, waitingOf } from '../../operate/waiting.ts';
import type { DeadLetter } from './observed.ts';
import { type FailureGroup, type Seen, SOURCES_MAX } from './seen.ts';
import { formatCount, formatCountOf } from './units.ts';

export interface DeadLetterGroup {
  readonly stage: string;
  readonly reason: string;
  readonly count: number;
  /** Highest number of attempts in the group. */
  readonly attempts: number;
}

/** A source that refused reads (429, 503 or BusyError). They went back to the queue and were read again later. */
export interface RefusingSource {
  readonly source: string;
  readonly refused: number;
}

export interface StoppedKey {
  readonly key: string;
  readonly reason: string;
}

export interface WaitingKeyOfRun extends WaitingKey {
  readonly key: string;
  readonly parked: number;
}

export interface SkippedReadings {
  readonly key: string;
  readonly skipped: number;
  /** Why the newest reading was skipped. */
  readonly reason: string;
}

export function groupDeadLetters(deadLetters: readonly DeadLetter[]): DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const { stage, reason, attempts } of deadLetters) {
    const name = JSON.stringify([stage, reason]);
    const known = groups.get(name) ?? { stage, reason, count: 0, attempts: 0 };
    groups.set(name, { ...known, count: known.count + 1, attempts: Math.max(known.attempts, attempts) });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

export function sortedFailures(groups: ReadonlyMap<string, FailureGroup>): FailureGroup[] {
  return [...groups.values()].sort((a, b) => b.messages - a.messages || (a.reason < b.reason ? -1 : 1));
}

/** The sources with the most refusals first. */
export function refusingSources(sources: Seen['sources']): RefusingSource[] {
  return [...sources]
    .flatMap(([source, { refused }]) => (refused === 0 ? [] : [{ source, refused }]))
    .sort((a, b) => b.refused - a.refused || (a.source < b.source ? -1 : 1));
}

/** Fewer requests than this may all have different sources. */
const MANY_REQUESTS = 100;
const NEARLY_EACH = 0.9;

/** A sentence if nearly each request names another source, or more sources are named than an environment tells apart. */
export function needlessSources({ sources, read }: Pick<Seen, 'sources' | 'read'>): string | undefined {
  const isFull = sources.size >= SOURCES_MAX;
  if (!isFull && (read.size < MANY_REQUESTS || sources.size < NEARLY_EACH * read.size)) return undefined;
  return (
    `${formatCount(sources.size)}${isFull ? ' or more' : ''} for ${formatCountOf(read.size, 'request')}: the limits of source hold ` +
    'for each of them, so they limit little. Name what is to be protected, such as the host, not each request'
  );
}

export function stoppedKeys(items: readonly KeyItem[]): StoppedKey[] {
  return items.flatMap(({ key, stopped }) =>
    stopped === undefined ? [] : [{ key, reason: stopped.reason }],
  );
}

/** Keys that wait for their next place, those with the most waiting messages first. */
export function waitingKeys(items: readonly KeyItem[]): WaitingKeyOfRun[] {
  return items
    .flatMap((item) => {
      const waiting = waitingOf(item);
      return waiting === undefined ? [] : [{ key: item.key, parked: item.parked, ...waiting }];
    })
    .sort((a, b) => b.parked - a.parked || (a.key < b.key ? -1 : 1));
}

/** The keys with the most skipped readings first. */
export function skippedReadings(items: readonly KeyItem[]): SkippedReadings[] {
  return items
    .filter(({ counts }) => counts.skipped > 0)
    .map(({ key, counts, lastSkip }) => ({ key, skipped: counts.skipped, reason: lastSkip }))
    .sort((a, b) => b.skipped - a.skipped || (a.key < b.key ? -1 : 1));
}
