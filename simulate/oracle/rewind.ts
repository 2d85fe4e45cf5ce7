/** Restores the oracle's facts about a key together with its item: effects since the backup are undone. */
import type { KeyFacts } from './facts.ts';

/**
 * Copies the facts of the key's item. Returns a function that restores them. Messages accepted by the queues
 * stay known.
 */
export function backUpFacts(facts: KeyFacts): () => void {
  const { last, reference, item, isBegun, logged, lastDelivered, order, woken } = facts;
  const [due, lastInOrder] = [order.due, order.last];
  const refills = [
    ...[
      ...[facts.applied, facts.aside, facts.parked, facts.outputs, facts.stops.ended, facts.deadCopies],
      facts.pending,
    ].map(keepMap),
    ...[facts.natural, facts.asideNatural, facts.receipts, facts.dropped].map(keepSet),
  ];
  return () => {
    for (const refill of refills) refill();
    facts.words.putBackAt = newestOf(facts);
    for (const id of facts.delivered.keys()) if (!facts.outputs.has(id)) facts.delivered.delete(id);
    Object.assign(facts, { last, reference, item, isBegun, logged, lastDelivered, woken });
    Object.assign(order, { due, last: lastInOrder });
  };
}

function newestOf({ contents }: KeyFacts): string {
  const newest = [...contents.values()].map(({ sequences }) => sequences.at(-1) ?? '');
  return newest.reduce((last, one) => (one > last ? one : last), '');
}

function keepMap(map: Map<string, unknown>): () => void {
  const kept = [...map];
  return () => {
    map.clear();
    for (const [key, value] of kept) map.set(key, value);
  };
}

function keepSet(set: Set<string>): () => void {
  const kept = [...set];
  return () => {
    set.clear();
    for (const value of kept) set.add(value);
  };
}
