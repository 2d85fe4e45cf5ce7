/**
 * The reader: reads all requests of a batch at once, and keeps its slots full.
 *
 * A batch of ten would occupy ten slots until its slowest read ends. A full batch means that more requests are waiting. So
 * the invocation pulls further requests itself as slots become free, up to `readsPerInvocation` at once, as long as it has
 * a read to wait for and time for one more whole read. The same guarantees hold for them: each is deleted when its result
 * is durable, and comes back if the invocation must end before. Lambda deletes the batch that it gave. An invocation whose
 * reads have all ended returns: the next batch is cheaper from Lambda than by pulling.
 *
 * A read that exhausts the memory or blocks the thread also ends the reads beside it, which all come back. So a batch with
 * a request that was tried a few times is read in another process; the function survives its end (apart.ts).
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { SQS_BATCH_ENTRIES_MAX, TIMEOUT_MARGIN_MS } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { readApart } from './apart.ts';
import { type ReaderPorts, readRequest } from './read-request.ts';
import { createReadsInFlight, deadlineBefore, readsTogether } from './reads-in-flight.ts';

/** Reads that are over within this time hold no slot that would be worth filling. */
export const QUICK_MS = 10;

/** Returns the ids of the given messages that must come back. */
export async function readBatch(
  messages: readonly IncomingMessage[],
  remainingMs: number,
  ports: ReaderPorts,
): Promise<string[]> {
  const { clock, pipeline } = ports;
  const stopAt = clock.now() + remainingMs - TIMEOUT_MARGIN_MS;
  // Where sources have limits, a receive may be no attempt: limited-read.ts tells which request is worn.
  const isWorn = ({ receiveCount }: IncomingMessage) =>
    ports.sources === undefined && receiveCount > readsTogether(pipeline.limits);
  const failed = messages.some(isWorn)
    ? await readAllApart(messages, stopAt, ports)
    : await readTogether(messages, stopAt, ports, isWorn);
  await ports.sources?.gate.settled();
  // A pulled one is none of Lambda's business: it comes back when this invocation has to be over.
  return messages.filter((message) => failed.has(message)).map((message) => message.messageId);
}

/** Returns those that must come back. */
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

/** Returns those of the given that must come back. */
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

  // The rest of this invocation, and no longer: nobody works on them after it, and an answer that is lost on its way
  // leaves them with nobody. The queue's visibility timeout is six times as long, for retries of Lambda's.
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

/** Waits for QUICK_MS, or for the end of all that is running. */
async function passQuickReads(running: ReadonlySet<Promise<void>>, clock: Clock): Promise<void> {
  const over = new AbortController();
  // A reason given is no error made.
  void Promise.all(running).then(() => over.abort('over'));
  await clock.sleep(QUICK_MS, over.signal);
}

/** Pulls wait for a few free slots, so that a call brings several requests: it costs the same as one. */
export function lotOf(slots: number): number {
  return Math.max(1, Math.min(SQS_BATCH_ENTRIES_MAX, Math.floor(slots / 5)));
}

function handleOf({ receiptHandle }: IncomingMessage): string {
  return receiptHandle;
}

/** A request that is not deleted comes back and is read again, in vain but without harm. */
async function remove(receiptHandles: readonly string[], { requests }: ReaderPorts): Promise<void> {
  for (let from = 0; from < receiptHandles.length; from += SQS_BATCH_ENTRIES_MAX) {
    await requests.remove(receiptHandles.slice(from, from + SQS_BATCH_ENTRIES_MAX)).catch(() => undefined);
  }
}
