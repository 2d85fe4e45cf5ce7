/**
 * I3 order. In arrival order, readings of a key are applied as they were accepted. In request order they are
 * applied by the place of their request, whenever they arrive, and a place is only passed when it has taken
 * full effect or was given up by a tombstone. A reading that was set aside and comes back alone has lost its
 * place. So has one that SQS itself gave up: it may be applied at any place.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { isRecord } from '../../functions/json.ts';
import type { Mode } from '../subject/mode.ts';
import { isSettled, type KeyFacts } from './facts.ts';
import type { Break } from './landed-commit.ts';
import type { MessageFacts, SlotFacts } from './message-facts.ts';

/** Records what an accepted message says about its place. */
export function noteTurn({ order }: KeyFacts, message: MessageFacts): void {
  const { kind, single, place } = message;
  if (place.sequence === 0 || single) return;
  if (kind === 'tombstone') order.tombstones.add(place.sequence);
  const chunks = order.turns.get(place.sequence) ?? new Map<number, MessageFacts>();
  order.turns.set(place.sequence, chunks);
  if (kind === 'readings' && !chunks.has(place.chunk)) chunks.set(place.chunk, message);
}

/**
 * Call it for each applied reading, in order. Returns the sequence number under which the reading was
 * applied.
 */
export function checkTurn(facts: KeyFacts, slot: SlotFacts, mode: Mode, broken: Break): string {
  const sequence = slot.sequences.find((one) => isAhead(one, slot, facts));
  const about = `#${slot.reading.r}: reading ${slot.content}`;
  if (mode.order === 'arrival') {
    if (sequence === undefined && !hasLostPlace(slot)) {
      broken('I3 order', `${about} is applied after one that was admitted later`);
    }
    if (slot.lost.size > 0 && !isFirstOf(slot, facts, sequence)) return sequence ?? '';
    facts.last = { sequence: sequence ?? facts.last.sequence, index: slot.index };
    return sequence ?? '';
  }
  // A reading that was set aside alone has lost its place.
  if (facts.aside.get(slot.slot)?.late !== false) checkPlace(facts, slot, about, broken);
  return slot.sequences[0] ?? '';
}

/**
 * It is unknown which copy was applied: one that SQS gave up, or one that came back. The key has only reached
 * `sequence` if that is the first copy.
 */
function isFirstOf(slot: SlotFacts, facts: KeyFacts, sequence: string | undefined): boolean {
  if (sequence === undefined || !slot.lost.has(sequence)) return false;
  return [...slot.lost].every((one) => isAhead(one, slot, facts));
}

function isAhead(sequence: string, { index }: SlotFacts, { last }: KeyFacts): boolean {
  return sequence > last.sequence || (sequence === last.sequence && index > last.index);
}

/** Whether SQS gave up the last copy in the queue. */
function hasLostPlace({ sequences, lost }: SlotFacts): boolean {
  return lost.has(sequences.at(-1) ?? '');
}

function checkPlace(facts: KeyFacts, { message, index }: SlotFacts, about: string, broken: Break): void {
  const { sequence, chunk } = message.place;
  const { order } = facts;
  const { last } = order;
  const behind =
    sequence - last.sequence || (sequence === last.sequence ? chunk - last.chunk || index - last.index : 0);
  if (behind < 0) {
    broken('I3 order', `${about} of place ${sequence} is applied after one of place ${last.sequence}`);
  }
  order.last = { sequence, chunk, index };
  if (sequence > findDue(facts)) {
    broken('I3 order', `${about} of place ${sequence} is applied while place ${order.due} is still due`);
  }
  const chunks = order.turns.get(sequence);
  for (let before = order.passed.has(sequence) ? chunk : 0; before < chunk; before += 1) {
    const other = chunks?.get(before);
    if (other === undefined || !isSettled(facts, other)) {
      broken('I3 order', `${about} is applied before message ${before} of its request`);
    }
  }
}

/** An item names the next place, so all places before it must have ended. */
export function checkNext(facts: KeyFacts, after: Item, broken: Break): void {
  const { sequence } = nextOf(after);
  if (sequence > findDue(facts)) {
    broken('I3 order', `place ${sequence} is next while place ${facts.order.due} is still due`);
  }
}

export function nextOf(item: Item | undefined): { readonly sequence: number; readonly chunk: number } {
  const value: unknown = JSON.parse(item?.['next']?.S ?? '{}');
  if (!isRecord(value)) return { sequence: 1, chunk: 0 };
  return { sequence: Number(value['sequence'] ?? 1), chunk: Number(value['chunk'] ?? 0) };
}

/** The first place that has not ended. */
export function findDue(facts: KeyFacts): number {
  const { order } = facts;
  const isOver = (place: number) =>
    order.tombstones.has(place) || order.passed.has(place) || order.isHole(place);
  while (isOver(order.due) || tookFullEffect(facts, order.due)) order.due += 1;
  return order.due;
}

export function tookFullEffect(facts: KeyFacts, sequence: number): boolean {
  const chunks = facts.order.turns.get(sequence);
  const first = chunks?.get(0);
  if (chunks === undefined || first === undefined || chunks.size < first.of) return false;
  return [...chunks.values()].every((message) => isSettled(facts, message));
}
