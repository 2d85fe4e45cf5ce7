/** One attempt at a request in this process. All of its user code, from the schema to the readings, runs under one deadline. */

import { withDeadline } from '../deadline.ts';
import { GiveBackError } from '../errors.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import { collectReadings, type FoldPartial } from '../pack.ts';
import { NO_SECRETS, type Pipeline } from '../pipeline.ts';
import type { Clock, OutgoingMessage } from '../ports.ts';
import type { EncodedMessage } from '../readings.ts';
import { identityOf, parseRequest, type RequestIdentity, traceOf } from '../requests.ts';
import { sourceOf } from '../source.ts';
import { collectSubmits, refuseOver } from '../submits.ts';
import type { Share } from './budget.ts';
import { collect } from './collect.ts';
import { type Hedging, hedgedRead } from './hedged-read.ts';
import { packInTurn, type Route, routeOf, tombstoneOf } from './request-order.ts';
import { answerFor } from './strays.ts';

/** What an attempt has found out about its request so far. If the attempt fails, this still names the request. */
export interface Opened {
  identity?: RequestIdentity;
  /** The message that its key gets if the request is set aside; undefined if no other request would wait for it. */
  tombstone?: EncodedMessage;
  /** Set if the read submitted a request that is beyond a limit: the reason. The read may catch the error and go on. */
  submitRefused?: string;
}

export interface ReadDone {
  readonly readings: number;
  /** The messages of each key, in order. */
  readonly messages: readonly Iterable<EncodedMessage>[];
  /** Requests that the read submitted. */
  readonly submits: readonly OutgoingMessage[];
}

/**
 * Waits until a source may be read, and resolves with the time by which the read must have begun (epoch ms). Rejects if the wait
 * would take too long.
 */
export type Enter = (source: string) => Promise<number>;

interface Here {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly share: Share;
  /** Set if sources have limits. */
  readonly enter: Enter | undefined;
  /** Set if a slow read may get a second attempt. That attempt has its own share of the memory. */
  readonly hedging?: Hedging & { readonly open: () => Share };
  /**
   * Set if the pipeline has `merge`. It runs compute, which may end or block the process. So it is used only at the first
   * attempt. Later attempts send the readings themselves, and the compute function finds the one at fault.
   */
  readonly foldPartial?: FoldPartial | undefined;
  /** Called with errors that the read's code throws after the read has ended. */
  readonly strayed: (error: unknown) => void;
}

type Note = (opened: Opened) => Promise<void> | void;

/** Calls `note` with the request's identity before the request is read, and with the reason of a submit that was refused. */
export async function readHere(
  message: IncomingMessage,
  deadlineMs: number,
  note: Note,
  { pipeline, clock, share, enter, hedging, foldPartial, strayed }: Here,
): Promise<ReadDone> {
  let over = false;
  try {
    return await withDeadline(clock, deadlineMs, 'read', (signal, abort) => {
      const stray = Promise.withResolvers<never>();
      const blame = (cause: unknown) => {
        if (over) return strayed(cause);
        const error = new Error('an error that nobody awaited', { cause });
        abort(error);
        stray.reject(error);
      };
      const read = async (): Promise<ReadDone> => {
        const { request, route, identity } = await open(message, pipeline, note);
        refuseOver(message, pipeline.limits);
        const attempt = (own: AbortSignal, room: Share) =>
          readOnce({ message, identity, request, route }, own, room, { pipeline, clock, note });
        const source = pipeline.source && enter && sourceOf(pipeline.source, request);
        if (source !== undefined && enter !== undefined) {
          // Another read may have blocked the thread until the turn was over: then it takes a new one. No await may follow.
          let until: number;
          do until = await enter(source);
          while (clock.now() > until);
        }
        const { collection, submits, chain } = await (source === undefined || hedging === undefined
          ? attempt(signal, share)
          : hedgedRead(inRoom(attempt, share, hedging.open), source, signal, hedging));
        const isFirst = message.receiveCount === 1;
        const messages = packInTurn(identity, route, collection, {
          chain,
          trace: traceOf(message, pipeline),
          foldPartial: isFirst ? foldPartial : undefined,
        });
        return { readings: collection.readings, messages, submits };
      };
      return Promise.race([answerFor(blame, read), stray.promise]);
    });
  } catch (error) {
    // The read ran out of time while it waited for memory that other reads held. It is not at fault.
    if (share.waits)
      throw new GiveBackError('the read waited for memory that other reads used; it is read again');
    throw error;
  } finally {
    over = true;
  }
}

interface ToRead {
  readonly message: IncomingMessage;
  readonly identity: RequestIdentity;
  readonly request: unknown;
  readonly route: Route;
}

/** Calls the user's read and collects its readings and submits. */
async function readOnce(
  { message, identity, request, route }: ToRead,
  signal: AbortSignal,
  share: Share,
  { pipeline, clock, note }: Pick<Here, 'pipeline' | 'clock'> & { readonly note: Note },
) {
  const trace = traceOf(message, pipeline);
  const submits = collectSubmits(
    message,
    identity,
    pipeline.limits,
    (submitRefused) => void note({ submitRefused }),
    trace,
  );
  const given = await pipeline.read(request, {
    signal,
    id: identity.id,
    attempt: message.receiveCount,
    secrets: NO_SECRETS,
    submit: submits.submit,
    ...(trace && { trace }),
  });
  const collection = collectReadings(route.keyOf);
  await collect(given, collection, { signal, share, clock });
  // A pipeline with `merge` emits nothing, so its readings need no chain.
  const chain = pipeline.merge === undefined ? submits.chainOfReadings(collection.readings) : undefined;
  return { collection, submits: submits.close(), chain };
}

type InRoom<Result> = (signal: AbortSignal, share: Share) => Promise<Result>;

/** The first attempt uses the request's share of the memory, a second attempt opens its own. */
function inRoom<Result>(attempt: InRoom<Result>, share: Share, open: () => Share) {
  let isFirst = true;
  return async (signal: AbortSignal): Promise<Result> => {
    if (isFirst) {
      isFirst = false;
      return attempt(signal, share);
    }
    return attempt(signal, open());
  };
}

/** Looks for both the identity and the route, even if one fails: a request with an invalid id still has its place. */
async function open(message: IncomingMessage, pipeline: Pipeline, note: Note) {
  const request = await parseRequest(pipeline, message.body);
  const opened: Opened = {};
  let identity: RequestIdentity;
  let route: Route;
  try {
    identity = identityOf(message, request, pipeline);
    opened.identity = identity;
  } finally {
    try {
      route = routeOf(request, pipeline.order);
      const known = opened.identity ?? { id: message.messageId, since: message.sentAt };
      const tombstone = tombstoneOf(known, route);
      if (tombstone !== undefined) opened.tombstone = tombstone;
    } finally {
      await note(opened);
    }
  }
  return { identity, request, route };
}
