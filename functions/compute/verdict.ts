/**
 * Decides about a message on the current draft: was it handled already, is it its turn, must it wait, or has its turn
 * passed? ordering.ts defines whose turn it is.
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
  // What is said of a stop means nothing any more once the key has moved; what is said of the state counts once.
  if (message.kind === 'resume' || message.kind === 'skip') return 'control';
  if (wasApplied(arrival, draft, known)) return 'done';
  if (isWord(message.kind)) return 'control';
  // A wake takes no place: in request order it comes between two of them.
  const turn = message.kind === 'wake' ? 'apply' : ordering.turnOf(message, draft.next);
  if (turn === 'done' || turn === 'late') return turn;
  if (turn === 'apply' && draft.stopped === undefined) return 'apply';
  const place = arrival.from === 'queue' ? ordering.sharedPlaceOf(arrival) : undefined;
  if (place === undefined) return 'park';
  return known.places.has(place) || draft.park.some((parked) => parked.place === place) ? 'done' : 'park';
}
