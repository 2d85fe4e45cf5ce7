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
import { readApart } from './apart.ts';
import { pullBeside } from './pull-beside.ts';
import { type ReaderPorts, readRequest } from './read-request.ts';
import { createReadsInFlight, deadlineBefore, readsTogether } from './reads-in-flight.ts';

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
  const failed = new Set<IncomingMessage>();
  const done = createRemovals(ports);
  const reads = createReadsInFlight(stopAt, ports);
  for (const message of messages) {
    reads.start(message, (isDone) => {
      if (!isDone) failed.add(message);
    });
  }

  const begin = (message: IncomingMessage): void =>
    reads.start(message, (isDone) => {
      if (isDone) done.add(message);
    });
  const { limits } = ports.pipeline;
  const mayPull =
    messages.length === SQS_BATCH_ENTRIES_MAX && limits.readsPerInvocation > SQS_BATCH_ENTRIES_MAX;
  const worn = mayPull ? await pullBeside({ reads, stopAt, begin, isWorn }, ports) : [];
  while (reads.running.size > 0) await reads.changed();
  reads.end();
  await done.end();
  if (worn.length > 0) {
    const back = await readAllApart(worn, stopAt, ports);
    await remove(worn.filter((message) => !back.has(message)).map(handleOf), ports);
  }
  return failed;
}

/** Deletes pulled requests in tens while reads go on. `end` deletes the rest and waits for all deletes. */
function createRemovals(ports: ReaderPorts) {
  let handles: string[] = [];
  const removals: Promise<void>[] = [];
  return {
    add(message: IncomingMessage): void {
      handles.push(handleOf(message));
      if (handles.length < SQS_BATCH_ENTRIES_MAX) return;
      removals.push(remove(handles, ports));
      handles = [];
    },
    async end(): Promise<void> {
      await Promise.all([...removals, remove(handles, ports)]);
    },
  };
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
