/** Keys that wait for a request whose place is missing, in pipelines of request order. */
import type { KeyItem } from '../functions/state.ts';

export interface WaitingKey {
  /** The place that it waits for. */
  readonly place: number;
  /** Epoch ms, SQS's clock. */
  readonly since: number;
  /** When the key goes on without it; undefined: it waits until it comes. */
  readonly until: number | undefined;
}

/** An older build of Weir keeps the note of an earlier place: it says nothing of this one. */
export function waitingOf({ waiting, next }: Pick<KeyItem, 'waiting' | 'next'>): WaitingKey | undefined {
  if (waiting?.sequence !== next.sequence || waiting.chunk !== next.chunk) return undefined;
  return { place: waiting.sequence, since: waiting.since, until: waiting.until };
}

export function describeWaiting({ place, since, until }: WaitingKey): string {
  const end = until === undefined ? 'until it comes' : `until ${timeOf(until)}`;
  return `waits for place ${place} since ${timeOf(since)}, ${end}`;
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
