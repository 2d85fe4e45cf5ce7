/**
 * Decides about a message on the current draft: was it handled already, is it due, must it wait, or has its turn passed?
 * ordering.ts decides which message is next.
 */
import { isWord } from '../readings.ts';
import type { Arrival } from './arrival.ts';
import type { Draft } from './draft.ts';
import type { Ordering } from './ordering.ts';
import { type Known, wasApplied, wasDelivered } from './proof.ts';
import { awaited, isTimer } from './wakes.ts';

export type Verdict = 'done' | 'apply' | 'park' | 'late' | 'control' | 'timer';

export function judge(arrival: Arrival, draft: Draft, known: Known, ordering: Ordering): Verdict {
  const { message } = arrival;
  if (wasDelivered(arrival, draft, known)) return 'done';
  if (isTimer(arrival, draft)) return 'timer';
  if (message.kind === 'wake' && awaited(arrival, draft.wakes) === undefined) return 'done';
  // Resume and skip have no effect once the key has moved on, repeat or not. Each other command counts once.
  if (message.kind === 'resume' || message.kind === 'skip') return 'control';
  if (wasApplied(arrival, draft, known)) return 'done';
  if (isWord(message.kind)) return 'control';
  // A wake has no place in request order: it may come between any two requests.
  const turn = message.kind === 'wake' ? 'apply' : ordering.turnOf(message, draft.next);
  if (turn === 'done' || turn === 'late') return turn;
  if (turn === 'apply' && draft.stopped === undefined) return 'apply';
  const place = arrival.from === 'queue' ? ordering.sharedPlaceOf(arrival) : undefined;
  if (place === undefined) return 'park';
  return known.places.has(place) || draft.park.some((parked) => parked.place === place) ? 'done' : 'park';
}
