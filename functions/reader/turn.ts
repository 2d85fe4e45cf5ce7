/**
 * Request order, on the reader's side: every request has its key and its place in that key's sequence before it is
 * read, and takes its turn whatever becomes of it: with its readings, with none, or with a tombstone.
 */
import type { IncomingMessage } from '../batch.ts';
import { PermanentError } from '../errors.ts';
import { checkKey } from '../message-ids.ts';
import { emptyMessage, packReadings } from '../pack.ts';
import type { Order, Pipeline } from '../pipeline.ts';
import type { EncodedMessage } from '../readings.ts';
import { identityOf, parseRequest, type RequestIdentity } from '../requests.ts';

export interface Turn {
  readonly key: string;
  readonly sequence: number;
}

/** Undefined in arrival order. */
export function turnOf(request: unknown, order: Order): Turn | undefined {
  if (order.by === 'arrival') return undefined;
  const key = checkKey(order.requestKey(request), 'the key of the request');
  const sequence = order.sequence(request);
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    // What it is comes from the request: reasons tell of what kind it is, not what was sent.
    const kind = typeof sequence === 'number' ? 'a number that is no place' : `of type ${typeof sequence}`;
    throw new PermanentError(`the sequence of the request is ${kind}, it must be 1, 2, 3 ... for each key`);
  }
  return { key, sequence };
}

/** The messages of a request, a list for each key. */
export function packInTurn(
  identity: RequestIdentity,
  turn: Turn | undefined,
  readings: Iterable<unknown>,
  order: Order,
): EncodedMessage[][] {
  if (order.by === 'arrival') return [...packReadings(identity, readings, order.key).values()];
  if (turn === undefined) return [];
  const origin = { ...identity, sequence: turn.sequence };
  const packed = [...packReadings(origin, readings, () => turn.key).values()];
  return packed.length > 0 ? packed : [[emptyMessage(origin, turn.key, 'readings')]];
}

/** Tells the key that a request will send nothing, so that those behind it need not wait; undefined: nobody waits. */
export async function tombstoneOf(
  message: IncomingMessage,
  pipeline: Pipeline,
): Promise<EncodedMessage | undefined> {
  const { order } = pipeline;
  if (order.by === 'arrival' || order.gap === 'wait') return undefined;
  try {
    const request = await parseRequest(pipeline, message.body);
    const turn = turnOf(request, order);
    return (
      turn &&
      emptyMessage(
        { ...identityFor(message, request, pipeline), sequence: turn.sequence },
        turn.key,
        'tombstone',
      )
    );
  } catch {
    return undefined; // What does not parse has no place in any sequence.
  }
}

/** A request that is refused over its id has a place all the same: its tombstone goes by the message's. */
function identityFor(message: IncomingMessage, request: unknown, pipeline: Pipeline): RequestIdentity {
  try {
    return identityOf(message, request, pipeline);
  } catch {
    return { id: message.messageId, since: message.sentAt };
  }
}
