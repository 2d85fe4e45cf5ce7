/**
 * Reads one request under a deadline, then packs and sends its readings.
 *
 * A request is acknowledged only when its result is durable elsewhere: all its readings in the readings queue, or the request
 * itself, with the reason, in the dead-letter queue. The failure of one request does not affect another. On redelivery the
 * same request makes messages with the same ids, which SQS or the receipts drop.
 */

import { GiveBackError, PermanentError, reasonOf } from '../errors.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import { partialsOf } from '../merge.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock, Observe, Outbox, OutgoingMessage, Random, RequestsQueue } from '../ports.ts';
import type { EncodedMessage } from '../readings.ts';
import { deadRequest, REQUEST_ATTRIBUTES, type RequestIdentity, traceOf } from '../requests.ts';
import { TooManySubmitsError } from '../submits.ts';
import type { Attempt, StartReading } from './apart.ts';
import type { Budget, Share } from './budget.ts';
import { NotYetError } from './gate/gate-ports.ts';
import { type Opened, readHere } from './read-here.ts';
import type { Send } from './sender.ts';
import type { SourcePorts } from './source-ports.ts';

export interface ReaderPorts {
  readonly pipeline: Pipeline;
  readonly send: Send;
  /** Sends to the requests queue. */
  readonly submit: Send<OutgoingMessage>;
  readonly requests: RequestsQueue;
  readonly deadLetters: Outbox;
  readonly budget: Budget;
  readonly startReading: StartReading;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
  /** Set if the pipeline has `source`. */
  readonly sources?: SourcePorts;
}

export interface Ways {
  /** Called once, when only sending is left to do. */
  readonly readEnded?: () => void;
  /** Default: reads in this process. */
  readonly attempt?: Attempt;
  /** The other functions add the limits of sources: see limited-read.ts. */
  readonly through?: (attempt: Attempt) => Attempt;
  readonly replace?: (error: unknown) => unknown;
  readonly waits?: (error: NotYetError, identity: RequestIdentity | undefined) => Promise<boolean>;
  readonly failed?: () => Promise<void>;
}

/** Returns whether the message may be acknowledged. */
export async function readRequest(
  message: IncomingMessage,
  deadlineMs: number,
  ports: ReaderPorts,
  {
    readEnded = () => {},
    attempt,
    through = (same) => same,
    replace = (same) => same,
    waits,
    failed: noteAttempt,
  }: Ways = {},
): Promise<boolean> {
  const { pipeline, clock } = ports;
  const opened: Opened = {};
  const failed = { message, opened };
  const observed = watch(failed, ports, readEnded);
  const share = ports.budget.open();
  const strayed = (error: unknown) => noteStray(failed, error, ports);
  const shares = [share];
  const hedging = hedgingOf(ports, shares);
  const foldPartial = partialsOf(pipeline, clock);
  const here: Attempt = (one, ms, known, enter) =>
    readHere(one, ms, known, { pipeline, clock, share, enter, foldPartial, strayed, ...hedging });
  try {
    const note = (known: Opened) => void Object.assign(opened, known);
    const { readings, messages, submits } = await through(attempt ?? here)(
      message,
      deadlineMs,
      note,
      undefined,
    );
    noteRefusedSubmit(failed, undefined, ports);
    observed('done', readings);
    await sendAll(messages, ports.send);
    // Waits for all of them, even if one fails: no call may still run when the handler returns.
    const sent = await Promise.allSettled(submits.map((submit) => ports.submit(submit)));
    const refused = sent.find((each) => each.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
    return true;
  } catch (thrown) {
    const error = replace(thrown);
    noteRefusedSubmit(failed, error, ports);
    if (error instanceof NotYetError && waits !== undefined) {
      readEnded();
      return waitFor(failed, () => waits(error, opened.identity), ports);
    }
    const isLast = message.receiveCount >= pipeline.limits.readAttempts && !(error instanceof GiveBackError);
    const final = error instanceof PermanentError || isLast;
    observed(final ? 'dead' : 'failed', 0);
    noteFailure(failed, reasonOf(error), ports, error instanceof TooManySubmitsError);
    if (!final) await noteAttempt?.();
    return final
      ? setAside(failed, error, ports)
      : postpone(failed, waitSeconds(message, error, ports), ports);
  } finally {
    for (const own of shares) own.release();
  }
}

/** Adds the share of a second attempt to `shares`, which are released when everything is sent. */
function hedgingOf({ sources, clock, budget }: ReaderPorts, shares: Share[]) {
  if (sources?.hedges === undefined) return {};
  const { gate, hedges } = sources;
  const open = (): Share => {
    const own = budget.open();
    shares.push(own);
    return own;
  };
  return { hedging: { gate, hedges, clock, open } };
}

/** Observes how a read ended. Only the first outcome counts, not a send that fails after it. */
function watch(one: Known, { clock, observe, pipeline }: ReaderPorts, readEnded: () => void) {
  const start = clock.now();
  let open = true;
  return (outcome: 'done' | 'failed' | 'dead', readings: number): void => {
    if (!open) return;
    const request = nameOf(one);
    open = false;
    readEnded();
    const trace = traceOf(one.message, pipeline);
    observe({ kind: 'read', request, start, end: clock.now(), outcome, readings, ...(trace && { trace }) });
  };
}

interface Known {
  readonly message: IncomingMessage;
  readonly opened: Opened;
}

function nameOf({ message: { attributes, messageId }, opened }: Known): string {
  return opened.identity?.id ?? attributes[REQUEST_ATTRIBUTES.id] ?? messageId;
}

/** A read may catch the error of `submit` and go on without that request. The alarm hears of it all the same, and only once. */
function noteRefusedSubmit(one: Known, error: unknown, { observe }: ReaderPorts): void {
  const { message, opened } = one;
  const { submitRefused } = opened;
  if (submitRefused === undefined || error instanceof TooManySubmitsError) return;
  delete opened.submitRefused;
  observe({
    kind: 'failure',
    cause: 'too many submits',
    stage: 'read',
    group: message.messageId,
    messages: 0,
    reason: `the read went on without a request that it submitted: ${submitRefused}`,
    request: nameOf(one),
  });
}

function noteFailure(failed: Known, reason: string, { observe }: ReaderPorts, submits = false): void {
  const { message } = failed;
  const request = nameOf(failed);
  const cause = submits ? { cause: 'too many submits' as const } : {};
  observe({
    kind: 'failure',
    ...cause,
    stage: 'read',
    group: message.messageId,
    messages: 1,
    reason,
    request,
  });
}

/** Reports an error that a read's code threw after the read had ended. It affects no request. */
function noteStray(one: Known, error: unknown, { observe }: ReaderPorts): void {
  const reason = `an error that nobody awaited, after the read was over: ${reasonOf(error)}`;
  const group = one.message.messageId;
  observe({ kind: 'failure', stage: 'read', group, messages: 0, reason, request: nameOf(one) });
}

/** Keys of one request that are sent at once. A message is only made when its key's turn comes, which saves memory. */
const KEYS_AT_ONCE = 200;

/** Sends several keys at once. A failure waits for the others: no call may still run when the handler returns. */
async function sendAll(messages: readonly Iterable<EncodedMessage>[], send: Send): Promise<void> {
  const waiting = messages.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (const chunks of waiting) {
      // The request will come back, so no further key is sent.
      if (failure !== undefined) return;
      await sendInOrder(chunks, send).catch((error: unknown) => {
        failure ??= { error };
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(KEYS_AT_ONCE, messages.length) }, work));
  if (failure !== undefined) throw failure.error;
}

async function sendInOrder(chunks: Iterable<EncodedMessage>, send: Send): Promise<void> {
  for (const chunk of chunks) await send(chunk);
}

async function setAside(failed: Known, error: unknown, ports: ReaderPorts): Promise<boolean> {
  const { message, opened } = failed;
  try {
    if (opened.tombstone !== undefined) await ports.send(opened.tombstone);
    const dead = deadRequest(message, error, opened.identity, ports.pipeline);
    const [failure] = await ports.deadLetters.sendBatch([dead]);
    if (failure === undefined) return true;
    throw new Error(failure.reason);
  } catch (refusal) {
    // The request stays in the queue and is set aside at a later attempt.
    noteFailure(failed, `not set aside: ${reasonOf(refusal)}`, ports);
    return false;
  }
}

/** Arranges the return of a request that did not fail. If that fails, it comes back when its visibility timeout ends. */
async function waitFor(one: Known, arrange: () => Promise<boolean>, ports: ReaderPorts): Promise<boolean> {
  try {
    return await arrange();
  } catch (refusal) {
    noteFailure(one, `not given back until its source may be read: ${reasonOf(refusal)}`, ports);
    return false;
  }
}

const FIRST_RETRY_SECONDS = 5;
const RETRY_SECONDS_MAX = 900;
/** Requests that hindered each other come back spread over this time. */
const SPREAD_SECONDS = 60;

/** Seconds until a failed read comes back: 5, 10, 20 ... 900, with some randomness, instead of the visibility timeout. */
function waitSeconds({ receiveCount }: IncomingMessage, error: unknown, { random }: ReaderPorts): number {
  if (error instanceof GiveBackError) return FIRST_RETRY_SECONDS + Math.ceil(SPREAD_SECONDS * random());
  const seconds = Math.min(RETRY_SECONDS_MAX, FIRST_RETRY_SECONDS * 2 ** (receiveCount - 1));
  return Math.ceil(seconds * (0.8 + 0.2 * random()));
}

async function postpone(failed: Known, seconds: number, ports: ReaderPorts): Promise<boolean> {
  try {
    await ports.requests.postpone(failed.message.receiptHandle, seconds);
  } catch (refusal) {
    // The request comes back when its visibility timeout ends.
    noteFailure(failed, `not postponed: ${reasonOf(refusal)}`, ports);
  }
  return false;
}
