/** One attempt at a request in this process: its user code, from the schema to the readings, all of it under one deadline. */

import { withDeadline } from '../deadline.ts';
import { GiveBackError } from '../errors.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import { collectReadings, type FoldPartial } from '../pack.ts';
import { NO_SECRETS, type Pipeline } from '../pipeline.ts';
import type { Clock, OutgoingMessage } from '../ports.ts';
import type { EncodedMessage } from '../readings.ts';
import { identityOf, parseRequest, type RequestIdentity } from '../requests.ts';
import { sourceOf } from '../source.ts';
import { collectSubmits, refuseOver } from '../submits.ts';
import type { Share } from './budget.ts';
import { collect } from './collect.ts';
import { type Hedging, hedgedRead } from './hedged-read.ts';
import { packInTurn, type Route, routeOf, tombstoneOf } from './request-order.ts';
import { answerFor } from './strays.ts';

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
  /** Requests that it makes. */
  readonly submits: readonly OutgoingMessage[];
}

/** Waits until a source may be read. Rejects when that would take too long. */
export type Enter = (source: string) => Promise<void>;

interface Here {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly share: Share;
  /** Only where sources have limits. */
  readonly enter: Enter | undefined;
  /** Only where a slow read may be attempted twice. The second attempt has a share of its own. */
  readonly hedging?: Hedging & { readonly open: () => Share };
  /**
   * Only where the pipeline merges. compute may end or block the process, as a read may, so it runs at the first attempt alone;
   * afterwards the readings go as they are, and compute finds the one at fault.
   */
  readonly foldPartial?: FoldPartial | undefined;
  /** Hears of errors that the read left behind and that come when it is over. */
  readonly strayed: (error: unknown) => void;
}

/** `note` is told who the request is before it is read. */
export async function readHere(
  message: IncomingMessage,
  deadlineMs: number,
  note: (opened: Opened) => Promise<void> | void,
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
          readOnce({ message, identity, request, route }, own, room, { pipeline, clock });
        const source = pipeline.source && enter && sourceOf(pipeline.source, request);
        if (source !== undefined) await enter?.(source);
        const { collection, submits, chain } = await (source === undefined || hedging === undefined
          ? attempt(signal, share)
          : hedgedRead(inRoom(attempt, share, hedging.open), source, signal, hedging));
        const isFirst = message.receiveCount === 1;
        const messages = packInTurn(identity, route, collection, {
          chain,
          foldPartial: isFirst ? foldPartial : undefined,
        });
        return { readings: collection.readings, messages, submits };
      };
      return Promise.race([answerFor(blame, read), stray.promise]);
    });
  } catch (error) {
    // Its time ran out over what its neighbours held: that is no fault of its own.
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

/** The user's read, and all that it gives. */
async function readOnce(
  { message, identity, request, route }: ToRead,
  signal: AbortSignal,
  share: Share,
  { pipeline, clock }: Pick<Here, 'pipeline' | 'clock'>,
) {
  const submits = collectSubmits(message, identity, pipeline.limits);
  const given = await pipeline.read(request, {
    signal,
    id: identity.id,
    attempt: message.receiveCount,
    secrets: NO_SECRETS,
    submit: submits.submit,
  });
  const collection = collectReadings(route.keyOf);
  await collect(given, collection, { signal, share, clock });
  // A pipeline that merges emits nothing that could lead to more.
  const chain = pipeline.merge === undefined ? submits.chainOfReadings(collection.readings) : undefined;
  return { collection, submits: submits.close(), chain };
}

type InRoom<Result> = (signal: AbortSignal, share: Share) => Promise<Result>;

/** The first attempt has the share of the request, and a second one its own. */
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

/** Both are looked for, whichever of them cannot be had: a request that is refused over its id has its place all the same. */
async function open(
  message: IncomingMessage,
  pipeline: Pipeline,
  note: (opened: Opened) => Promise<void> | void,
) {
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
