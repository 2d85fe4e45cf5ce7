/** Keys that wait for a request with a missing place, in pipelines with request order. */
import type { KeyItem } from '../functions/state.ts';

export interface WaitingKey {
  /** The missing place. */
  readonly place: number;
  /** Epoch ms, SQS's clock. */
  readonly since: number;
  /** Epoch ms at which the key continues without it; undefined: it waits until the request comes. */
  readonly until: number | undefined;
}

/** An older build of Weir leaves the note of an earlier place in the item; it does not apply here. */
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
