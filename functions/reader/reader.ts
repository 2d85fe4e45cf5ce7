/**
 * The reader: reads all requests of a batch at once, and keeps its slots full.
 *
 * A batch of ten occupies the invocation until its slowest read ends. A full batch means that more requests are waiting. So the
 * invocation itself pulls further requests when slots become free, up to `readsPerInvocation` at once, while it has a read to
 * wait for and time for one more whole read. The same guarantees hold for these requests: each is deleted when its result is
 * durable, and comes back if the invocation must end first. Lambda deletes the requests of its own batch. When all reads have
 * ended, the invocation returns, because the next batch is cheaper from Lambda than by pulling.
 *
 * A read that exhausts the memory or blocks the thread also ends the reads beside it, which all come back. So a batch with a
 * request that was tried a few times is read in a separate process, whose end the function survives (apart.ts).
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { SQS_BATCH_ENTRIES_MAX, TIMEOUT_MARGIN_MS } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { readApart } from './apart.ts';
import { type ReaderPorts, readRequest } from './read-request.ts';
import { createReadsInFlight, deadlineBefore, readsTogether } from './reads-in-flight.ts';

/** If all reads end within this time, it is not worth pulling further requests. */
export const QUICK_MS = 10;

/** Returns the ids of the given messages that must come back. */
export async function readBatch(
  messages: readonly IncomingMessage[],
  remainingMs: number,
  ports: ReaderPorts,
): Promise<string[]> {
  const { clock, pipeline } = ports;
  const stopAt = clock.now() + remainingMs - TIMEOUT_MARGIN_MS;
  // If sources have limits, a receive may be no attempt. limited-read.ts then counts the attempts.
  const isWorn = ({ receiveCount }: IncomingMessage) =>
    ports.sources === undefined && receiveCount > readsTogether(pipeline.limits);
  const failed = messages.some(isWorn)
    ? await readAllApart(messages, stopAt, ports)
    : await readTogether(messages, stopAt, ports, isWorn);
  await ports.sources?.gate.settled();
  // The answer names only Lambda's own messages. A failed pulled message becomes visible when this invocation must have ended.
  return messages.filter((message) => failed.has(message)).map((message) => message.messageId);
}

/** Returns the messages that must come back. */
async function readAllApart(
  messages: readonly IncomingMessage[],
  stopAt: number,
  ports: ReaderPorts,
): Promise<Set<IncomingMessage>> {
  const { attempt, end } = readApart(messages.length, stopAt, ports);
  const failed = new Set<IncomingMessage>();
  const read = async (message: IncomingMessage): Promise<void> => {
    const isDone = await readRequest(message, deadlineBefore(stopAt, ports), ports, { attempt });
    if (!isDone) failed.add(message);
  };
  await Promise.all(messages.map(read)).finally(end);
  return failed;
}

/** Returns those of `messages` that must come back. */
async function readTogether(
  messages: readonly IncomingMessage[],
  stopAt: number,
  ports: ReaderPorts,
  isWorn: (message: IncomingMessage) => boolean,
): Promise<Set<IncomingMessage>> {
  const { clock, pipeline, requests } = ports;
  const { readTimeoutMs, readsPerInvocation } = pipeline.limits;
  const failed = new Set<IncomingMessage>();
  const worn: IncomingMessage[] = [];
  let toDelete: string[] = [];
  const reads = createReadsInFlight(stopAt, ports);
  const { running } = reads;

  // Pulled requests stay invisible only for the rest of this invocation, because it does not work on them afterwards, and
  // because a lost answer would leave them unread. The queue's visibility timeout is much longer, for Lambda's own retries.
  const holdSeconds = () => Math.ceil((stopAt + TIMEOUT_MARGIN_MS - clock.now()) / 1000) + 1;
  for (const message of messages) {
    reads.start(message, (isDone) => {
      if (!isDone) failed.add(message);
    });
  }

  let pulls = messages.length === SQS_BATCH_ENTRIES_MAX && readsPerInvocation > SQS_BATCH_ENTRIES_MAX;
  if (pulls) await passQuickReads(running, clock);
  while (running.size > 0) {
    pulls &&=
      reads.reading > 0 && clock.now() + readTimeoutMs <= stopAt && (ports.sources?.gate.waiting ?? 0) === 0;
    const free = readsPerInvocation - running.size;
    if (!pulls || free < lotOf(readsPerInvocation)) {
      await Promise.race(running);
      continue;
    }
    const more = await requests.receive(Math.min(free, SQS_BATCH_ENTRIES_MAX), holdSeconds()).catch(() => []);
    pulls = more.length > 0 && !more.some(isWorn);
    worn.push(...more.filter(isWorn));
    for (const message of more.filter((one) => !isWorn(one))) {
      reads.start(message, (isDone) => {
        if (isDone) toDelete.push(handleOf(message));
      });
    }
    if (toDelete.length >= SQS_BATCH_ENTRIES_MAX) {
      const lot = toDelete;
      toDelete = [];
      await remove(lot, ports);
    }
  }
  reads.end();
  await remove(toDelete, ports);
  if (worn.length > 0) {
    const back = await readAllApart(worn, stopAt, ports);
    await remove(worn.filter((message) => !back.has(message)).map(handleOf), ports);
  }
  return failed;
}

/** Waits for QUICK_MS, or until all running reads have ended. */
async function passQuickReads(running: ReadonlySet<Promise<void>>, clock: Clock): Promise<void> {
  const over = new AbortController();
  // Without an abort reason, the abort would create an error with a stack.
  void Promise.all(running).then(() => over.abort('over'));
  await clock.sleep(QUICK_MS, over.signal);
}

/** The free slots that a pull waits for. A call that brings several requests costs the same as a call that brings one. */
export function lotOf(slots: number): number {
  return Math.max(1, Math.min(SQS_BATCH_ENTRIES_MAX, Math.floor(slots / 5)));
}

function handleOf({ receiptHandle }: IncomingMessage): string {
  return receiptHandle;
}

/** A request that is not deleted comes back and is read again, which costs time but does no harm. */
async function remove(receiptHandles: readonly string[], { requests }: ReaderPorts): Promise<void> {
  for (let from = 0; from < receiptHandles.length; from += SQS_BATCH_ENTRIES_MAX) {
    await requests.remove(receiptHandles.slice(from, from + SQS_BATCH_ENTRIES_MAX)).catch(() => undefined);
  }
}
