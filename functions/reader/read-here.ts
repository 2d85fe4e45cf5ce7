/** One attempt at a request in this process: its user code, from the schema to the readings, all of it under one deadline. */
import type { IncomingMessage } from '../batch.ts';
import { withDeadline } from '../deadline.ts';
import { GiveBackError, PermanentError } from '../errors.ts';
import { READS_ALONE } from '../limits.ts';
import { collectReadings } from '../pack.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import type { EncodedMessage } from '../readings.ts';
import { identityOf, parseRequest, type RequestIdentity } from '../requests.ts';
import type { Share } from './budget.ts';
import { collect } from './collect.ts';
import { packInTurn, type Route, routeOf, tombstoneOf } from './turn.ts';

/** What is known of a request: filled as far as its attempt got, so that a failed one says who it was. */
export interface Opened {
  identity?: RequestIdentity;
  /** What its key is told if it is set aside, where others would wait for it. */
  tombstone?: EncodedMessage;
}

export interface ReadDone {
  readonly readings: number;
  /** Those of each key in their order. */
  readonly messages: readonly Iterable<EncodedMessage>[];
}

interface Here {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly share: Share;
}

export async function readHere(
  message: IncomingMessage,
  deadlineMs: number,
  opened: Opened,
  { pipeline, clock, share }: Here,
): Promise<ReadDone> {
  try {
    return await withDeadline(clock, deadlineMs, 'read', async (signal) => {
      const request = await parseRequest(pipeline, message.body);
      const { identity, route } = open(message, request, pipeline, opened);
      if (message.receiveCount > pipeline.limits.readAttempts + READS_ALONE) {
        // The attempts before this one never got as far as to say why: the function died or timed out over them.
        throw new PermanentError(
          `given up after ${message.receiveCount - 1} attempts, none of which came to an end`,
        );
      }
      const given = await pipeline.read(request, { signal, id: identity.id, attempt: message.receiveCount });
      const collection = collectReadings(route.keyOf);
      await collect(given, collection, { signal, share, clock });
      return { readings: collection.readings, messages: packInTurn(identity, route, collection) };
    });
  } catch (error) {
    // Its time ran out over what its neighbours held: that is no fault of its own.
    if (share.waits)
      throw new GiveBackError('the read waited for room that other reads held; it is read again');
    throw error;
  }
}

/** Both are looked for, whichever of them cannot be had: a request that is refused over its id has its place all the same. */
function open(
  message: IncomingMessage,
  request: unknown,
  pipeline: Pipeline,
  opened: Opened,
): { identity: RequestIdentity; route: Route } {
  let identity: RequestIdentity;
  let route: Route;
  try {
    identity = identityOf(message, request, pipeline);
    opened.identity = identity;
  } finally {
    route = routeOf(request, pipeline.order);
    const known = opened.identity ?? { id: message.messageId, since: message.sentAt };
    const tombstone = tombstoneOf(known, route);
    if (tombstone !== undefined) opened.tombstone = tombstone;
  }
  return { identity, route };
}
