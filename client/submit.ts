/**
 * Submits requests to the requests queue and reports the outcome of each: accepted, refused, or unknown because the call had no
 * answer. A request with an unknown outcome can safely be sent again with its id: it is the same request.
 */
import { randomUUID } from 'node:crypto';
import { PermanentError, reasonOf } from '../functions/errors.ts';
import { isRecord } from '../functions/json.ts';
import { SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { bytesOf, outgoingRequest } from '../functions/outgoing-request.ts';
import type { Clock, Outbox, OutgoingMessage, Random } from '../functions/ports.ts';

export interface NewRequest<Body> {
  readonly body: Body;
  /** Requests with the same id are one request. Default: a random id. */
  readonly id?: string;
  /** The message group on the standard queue, so that many requests of one tenant do not delay the others. */
  readonly tenant?: string;
  /**
   * The W3C trace context of the caller. A pipeline with `trace` carries it to its outputs. An invalid one is ignored.
   */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export interface Submitted {
  /** Ids of the requests that SQS confirmed. */
  readonly accepted: readonly string[];
  /** Requests that SQS certainly does not have. `index` is the request's index in the argument. */
  readonly refused: readonly NotAccepted[];
  /** Requests that SQS may have: a call had no answer, or SQS failed each time. Submit them again with their ids. */
  readonly unknown: readonly NotAccepted[];
}

export interface NotAccepted {
  readonly index: number;
  readonly id: string;
  readonly reason: string;
}

interface Entry {
  readonly index: number;
  readonly id: string;
  readonly message: OutgoingMessage;
}

interface Account {
  readonly accepted: Entry[];
  readonly refused: NotAccepted[];
  readonly unknown: NotAccepted[];
}

export interface SubmitPorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
}

/** Calls at once. A standard queue does not keep the order of requests anyway. */
const CALLS_AT_ONCE = 4;
const TRIES_MAX = 8;
const FIRST_RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;

/** Does not throw if a request or a call fails: the result has the outcome of each request. */
export async function submitAll(
  requests: readonly NewRequest<unknown>[],
  ports: SubmitPorts,
): Promise<Submitted> {
  const account: Account = { accepted: [], refused: [], unknown: [] };
  const waiting = batchesOf(entriesOf(requests, account.refused)).values();
  let failure: string | undefined;
  const sendSome = async () => {
    for (const batch of waiting) {
      // If one call failed (no permission, no network), the next one would fail too.
      if (failure === undefined) failure = await sendBatch(batch, account, ports);
      else account.refused.push(...batch.map(noting(`not sent, an earlier call failed: ${failure}`)));
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, sendSome));
  const inOrder = (a: { index: number }, b: { index: number }) => a.index - b.index;
  return {
    accepted: account.accepted.sort(inOrder).map(({ id }) => id),
    refused: account.refused.sort(inOrder),
    unknown: account.unknown.sort(inOrder),
  };
}

/** The requests that can be sent. Adds the others to `refused`. */
function entriesOf(requests: readonly NewRequest<unknown>[], refused: NotAccepted[]): Entry[] {
  const seen = new Map<string, number>();
  return requests.flatMap(({ body, id = randomUUID(), tenant, traceparent, tracestate }, index) => {
    try {
      const message = outgoingRequest({ id, body, tenant, traceparent, tracestate });
      const first = seen.get(id);
      if (first === undefined) seen.set(id, index);
      else throw new PermanentError(`it has the id of request ${first}, and two of one id are one request`);
      return [{ index, id, message }];
    } catch (error) {
      refused.push({ index, id: String(id), reason: reasonOf(error) });
      return [];
    }
  });
}

/** Batches for SendMessageBatch: at most ten messages and 1 MiB. */
function batchesOf(entries: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const bytes = bytesOf(entry.message);
    if (batches.at(-1)?.length === SQS_BATCH_ENTRIES_MAX || bytes > room) {
      batches.push([]);
      room = SQS_BATCH_BYTES_MAX;
    }
    batches.at(-1)?.push(entry);
    room -= bytes;
  }
  return batches;
}

/** Returns why the call failed as a whole, if it did. */
async function sendBatch(
  batch: readonly Entry[],
  { accepted, refused, unknown }: Account,
  { outbox, clock, random }: SubmitPorts,
): Promise<string | undefined> {
  let rest = batch;
  for (let attempt = 1; rest.length > 0; attempt += 1) {
    const sent = rest;
    const answer = await outbox
      .sendBatch(sent.map(({ message }) => message))
      .catch((error: unknown) => ({ error, reason: reasonOf(error) }));
    if ('error' in answer) {
      const surely = attempt === 1 && isRefusal(answer.error);
      (surely ? refused : unknown).push(...sent.map(noting(answer.reason)));
      return answer.reason;
    }
    const failureOf = new Map(sent.map((entry, place) => [entry, answer[place]]));
    accepted.push(...sent.filter((entry) => failureOf.get(entry) === undefined));
    rest = sent.filter((entry) => failureOf.get(entry)?.retriable);
    for (const [entry, failure] of failureOf) {
      if (failure?.retriable === false) refused.push(noting(failure.reason)(entry));
      else if (failure !== undefined && attempt === TRIES_MAX) unknown.push(noting(failure.reason)(entry));
    }
    if (rest.length === 0 || attempt === TRIES_MAX) return undefined;
    await clock.sleep(Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** attempt) * (0.5 + random() / 2));
  }
  return undefined;
}

function noting(reason: string) {
  return ({ index, id }: Entry): NotAccepted => ({ index, id, reason });
}

/** Whether SQS itself refused the call at the first attempt. After a retry, an earlier attempt may have been accepted. */
function isRefusal(error: unknown): boolean {
  const metadata = isRecord(error) ? error['$metadata'] : undefined;
  if (!isRecord(metadata)) return false;
  const status = Number(metadata['httpStatusCode']);
  return status >= 400 && status < 500 && metadata['attempts'] === 1;
}
