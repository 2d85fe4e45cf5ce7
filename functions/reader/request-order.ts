/**
 * Request order, on the reader's side: every request has its key and its place in that key's sequence before it is
 * read, and takes its turn whatever becomes of it: with its readings, with none, or with a tombstone.
 */
import { PermanentError } from '../errors.ts';
import { checkKey } from '../message-ids.ts';
import { type Collection, emptyMessage, type FoldPartial } from '../pack.ts';
import type { Order } from '../pipeline.ts';
import type { EncodedMessage } from '../readings.ts';
import type { RequestIdentity } from '../requests.ts';

/** Where the readings of a request go: each to its own key, or all to the request's, at its place there. */
export type Route =
  | { readonly by: 'arrival'; readonly keyOf: (reading: unknown) => string }
  | {
      readonly by: 'request';
      readonly keyOf: () => string;
      readonly key: string;
      readonly sequence: number;
      readonly gap: 'skip' | 'wait';
    };

export function routeOf(request: unknown, order: Order): Route {
  if (order.by === 'arrival') return { by: 'arrival', keyOf: order.key };
  const key = checkKey(order.requestKey(request), 'the key of the request');
  const sequence = order.sequence(request);
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    // What it is comes from the request: reasons tell of what kind it is, not what was sent.
    const kind = typeof sequence === 'number' ? 'a number that is no place' : `of type ${typeof sequence}`;
    throw new PermanentError(`the sequence of the request is ${kind}, it must be 1, 2, 3 ... for each key`);
  }
  return { by: 'request', keyOf: () => key, key, sequence, gap: order.gap };
}

/** The messages of a request, those of each key in their order. */
export function packInTurn(
  identity: RequestIdentity,
  route: Route,
  collection: Collection,
  foldPartial?: FoldPartial,
): Iterable<EncodedMessage>[] {
  if (route.by === 'arrival') return [...collection.pack(identity, foldPartial).values()];
  const origin = { ...identity, sequence: route.sequence };
  const packed = [...collection.pack(origin, foldPartial).values()];
  return packed.length > 0 ? packed : [[emptyMessage(origin, route.key, 'readings')]];
}

/** Tells the key that a request will send nothing, so that those behind it need not wait; undefined: nobody waits. */
export function tombstoneOf(identity: RequestIdentity, route: Route): EncodedMessage | undefined {
  if (route.by === 'arrival' || route.gap === 'wait') return undefined;
  return emptyMessage({ ...identity, sequence: route.sequence }, route.key, 'tombstone');
}
