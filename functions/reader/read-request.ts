/**
 * One request: read under a deadline, its readings packed and sent on.
 *
 * A request is acknowledged only when everything it led to is durable elsewhere: all its readings on the readings
 * queue, or the request itself, with the reason, on the dead-letter queue. One request's failure is its own.
 * On redelivery the same request makes the same messages with the same ids, which SQS or the receipts drop.
 */
import type { IncomingMessage } from '../batch.ts';
import { withDeadline } from '../deadline.ts';
import { PermanentError, reasonOf } from '../errors.ts';
import { READS_ALONE } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock, Observe, Outbox, Random, RequestsQueue } from '../ports.ts';
import type { EncodedMessage } from '../readings.ts';
import {
  deadRequest,
  identityOf,
  parseRequest,
  REQUEST_ATTRIBUTES,
  type RequestIdentity,
} from '../requests.ts';
import type { Send } from './sender.ts';
import { packInTurn, tombstoneOf, turnOf } from './turn.ts';

export interface ReaderPorts {
  readonly pipeline: Pipeline;
  readonly send: Send;
  readonly requests: RequestsQueue;
  readonly deadLetters: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
}

/** Returns whether the message may be acknowledged. `readEnded` is called once, when only sending is left to do. */
export async function readRequest(
  message: IncomingMessage,
  deadlineMs: number,
  ports: ReaderPorts,
  readEnded: () => void,
): Promise<boolean> {
  const { clock, pipeline } = ports;
  const observed = watch(message, ports, readEnded);
  let identity: RequestIdentity | undefined;
  try {
    if (message.receiveCount > pipeline.limits.readAttempts + READS_ALONE) {
      // The attempts before this one never got as far as to say why: the function died or timed out over them.
      throw new PermanentError(
        `given up after ${message.receiveCount - 1} attempts, none of which came to an end`,
      );
    }
    const packed = await withDeadline(clock, deadlineMs, 'read', async (signal) => {
      const request = await parseRequest(pipeline, message.body);
      const known = identityOf(message, request, pipeline);
      identity = known;
      const turn = turnOf(request, pipeline.order);
      const readings = await pipeline.read(request, { signal, id: known.id, attempt: message.receiveCount });
      return packInTurn(known, turn, readings, pipeline.order);
    });
    const readings = packed.flat().reduce((sum, chunk) => sum + chunk.readings, 0);
    observed('done', readings, identity);
    await sendAll(packed, ports.send);
    return true;
  } catch (error) {
    const final = error instanceof PermanentError || message.receiveCount >= pipeline.limits.readAttempts;
    observed(final ? 'dead' : 'failed', 0, identity);
    const failed = { message, identity };
    noteFailure(failed, reasonOf(error), ports);
    return final ? setAside(failed, error, ports) : postpone(failed, ports);
  }
}

/** Observes how the read of a message ended: the first outcome counts, a failed send after it is another matter. */
function watch(message: IncomingMessage, { clock, observe }: ReaderPorts, readEnded: () => void) {
  const start = clock.now();
  let open = true;
  return (outcome: 'done' | 'failed' | 'dead', readings: number, identity?: RequestIdentity): void => {
    if (!open) return;
    const request = nameOf({ message, identity });
    open = false;
    readEnded();
    observe({ kind: 'read', request, start, end: clock.now(), outcome, readings });
  };
}

interface Failed {
  readonly message: IncomingMessage;
  /** Undefined when the request could not be read as far as that. */
  readonly identity: RequestIdentity | undefined;
}

function nameOf({ message: { attributes, messageId }, identity }: Failed): string {
  return identity?.id ?? attributes[REQUEST_ATTRIBUTES.id] ?? messageId;
}

function noteFailure(failed: Failed, reason: string, { observe }: ReaderPorts): void {
  const { message } = failed;
  const request = nameOf(failed);
  observe({ kind: 'failure', stage: 'read', group: message.messageId, messages: 1, reason, request });
}

/** Keys side by side. The failure of one waits for the others: nothing may be under way when the handler returns. */
async function sendAll(packed: readonly (readonly EncodedMessage[])[], send: Send): Promise<void> {
  const results = await Promise.allSettled(packed.map((chunks) => sendInOrder(chunks, send)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function sendInOrder(chunks: readonly EncodedMessage[], send: Send): Promise<void> {
  for (const chunk of chunks) await send(chunk);
}

async function setAside(failed: Failed, error: unknown, ports: ReaderPorts): Promise<boolean> {
  const { message, identity } = failed;
  try {
    const tombstone = await tombstoneOf(message, ports.pipeline);
    if (tombstone !== undefined) await ports.send(tombstone);
    const dead = deadRequest(message, error, identity, ports.pipeline);
    const [failure] = await ports.deadLetters.sendBatch([dead]);
    if (failure === undefined) return true;
    throw new Error(failure.reason);
  } catch (refusal) {
    // It stays on the queue and is set aside on a later attempt.
    noteFailure(failed, `not set aside: ${reasonOf(refusal)}`, ports);
    return false;
  }
}

const FIRST_RETRY_SECONDS = 5;
const RETRY_SECONDS_MAX = 900;

/** A failed read comes back after 5, 10, 20 ... 900 seconds, a little scattered, not after the visibility timeout. */
async function postpone(failed: Failed, ports: ReaderPorts): Promise<boolean> {
  const { message } = failed;
  const { requests, random } = ports;
  const seconds = Math.min(RETRY_SECONDS_MAX, FIRST_RETRY_SECONDS * 2 ** (message.receiveCount - 1));
  try {
    await requests.postpone(message.receiptHandle, Math.ceil(seconds * (0.8 + 0.2 * random())));
  } catch (refusal) {
    // It comes back when its visibility timeout ends.
    noteFailure(failed, `not postponed: ${reasonOf(refusal)}`, ports);
  }
  return false;
}
