/**
 * Request order in the reader: before a request is read, it has a key and a place in the sequence of that key. It always takes
 * its turn: with its readings, without readings, or with a tombstone.
 */
import { isPlace } from '../check-order.ts';
import { defined } from '../defined.ts';
import { PermanentError } from '../errors.ts';
import { checkKey } from '../message-ids.ts';
import { type Collection, emptyMessage, type FoldPartial } from '../pack.ts';
import type { Order } from '../pipeline.ts';
import type { EncodedMessage, Origin, Turn } from '../readings.ts';
import type { RequestIdentity } from '../requests.ts';
import type { TraceContext } from '../trace-context.ts';

/** Where the readings of a request go: each to its own key, or all to the key of the request, at the request's place. */
export type Route =
  | { readonly by: 'arrival'; readonly keyOf: (reading: unknown) => string }
  | {
      readonly by: 'request';
      readonly keyOf: () => string;
      readonly key: string;
      readonly turn: Turn;
      readonly gap: 'skip' | 'wait';
    };

export function routeOf(request: unknown, order: Order): Route {
  if (order.by === 'arrival') return { by: 'arrival', keyOf: order.key };
  const key = checkKey(order.requestKey(request), 'the key of the request');
  return { by: 'request', keyOf: () => key, key, turn: turnOf(request, key, order), gap: order.gap };
}

/** Reasons name the kind of an invalid place and not its value, which comes from the request. */
function turnOf(request: unknown, key: string, order: Extract<Order, { by: 'request' }>): Turn {
  const sequence = order.sequence(request);
  if (!isPlace(sequence)) {
    throw new PermanentError(
      `the sequence of the request is ${kindOfPlace(sequence)}, it must be 1, 2, 3 ... for each key`,
    );
  }
  const start = order.startsAt?.(key);
  if (start !== undefined && !isPlace(start))
    throw new PermanentError(`startsAt gave ${kindOfPlace(start)}, it must be 1, 2, 3 ...`);
  if (start !== undefined && sequence < start)
    throw new PermanentError('the sequence of the request is below startsAt, the first place of its key');
  const follows = order.follows?.(request);
  if (follows !== undefined && !(follows === 0 || (isPlace(follows) && follows < sequence)))
    throw new PermanentError(
      `follows gave ${kindOfPlace(follows)}, it must be a place before that of the request, or 0 for none`,
    );
  return { sequence, ...defined({ start, follows }) };
}

function kindOfPlace(value: unknown): string {
  return typeof value === 'number' ? 'a number that is no such place' : `a value of type ${typeof value}`;
}

interface Packing {
  /** The chain of each reading (chain.ts). */
  readonly chain?: string | undefined;
  readonly trace?: TraceContext | undefined;
  readonly foldPartial?: FoldPartial | undefined;
}

/** The messages of a request: those of each key, in order. */
export function packInTurn(
  identity: RequestIdentity,
  route: Route,
  collection: Collection,
  { chain, trace, foldPartial }: Packing = {},
): Iterable<EncodedMessage>[] {
  const led = chain === undefined ? identity : { ...identity, chain };
  const traced: Origin = trace === undefined ? led : { ...led, ...trace };
  if (route.by === 'arrival') return [...collection.pack(traced, foldPartial).values()];
  const origin: Origin = { ...identity, ...route.turn };
  const packed = [...collection.pack({ ...traced, ...route.turn }, foldPartial).values()];
  return packed.length > 0 ? packed : [[emptyMessage(origin, route.key, 'readings')]];
}

/** Tells the key that the request will send nothing, so that later requests need not wait. Undefined if none would wait. */
export function tombstoneOf(identity: RequestIdentity, route: Route): EncodedMessage | undefined {
  if (route.by === 'arrival' || route.gap === 'wait') return undefined;
  return emptyMessage({ ...identity, ...route.turn }, route.key, 'tombstone');
}
