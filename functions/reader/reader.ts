/**
 * The reader: reads all requests of a batch at once, and keeps its slots full.
 *
 * A batch of ten would hold ten slots until its slowest read ends. So an invocation that was given a full batch, which
 * means that more are waiting, pulls further requests itself as slots get free, up to `readsPerInvocation` at once,
 * as long as it has a read to wait for and time for a whole one more. They have the same guarantees: each is deleted when
 * what it led to is durable, and comes back by its visibility timeout otherwise. The batch it was given is Lambda's to
 * delete. An invocation whose reads are all over returns: the next batch is cheaper from Lambda than pulled.
 *
 * A read that exhausts the memory or blocks the thread takes the reads beside it along, which all come back. So what was
 * tried often keeps little company, and what used up its attempts without a word is read alone, when all else is deleted.
 */
import type { IncomingMessage } from '../batch.ts';
import { SQS_BATCH_ENTRIES_MAX, TIMEOUT_MARGIN_MS } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { type ReaderPorts, readRequest } from './read-request.ts';

/** Reads that are over within this time hold no slot that would be worth filling. */
export const QUICK_MS = 10;

/** Returns the ids of the given messages that must come back. */
export async function readBatch(
  messages: readonly IncomingMessage[],
  remainingMs: number,
  ports: ReaderPorts,
): Promise<string[]> {
  const stopAt = ports.clock.now() + remainingMs - TIMEOUT_MARGIN_MS;
  const { failed, alone } = await readTogether(messages, stopAt, ports);
  if (alone.length > 0) {
    const done = messages.filter((message) => !failed.has(message) && !alone.includes(message));
    await remove(done.map(handleOf), ports);
    for (const message of await readAlone(alone, stopAt, ports)) failed.add(message);
  }
  // A pulled one is none of Lambda's business: it comes back by its visibility timeout.
  return messages.filter((message) => failed.has(message)).map((message) => message.messageId);
}

interface Together {
  readonly failed: Set<IncomingMessage>;
  /** Not read yet. */
  readonly alone: readonly IncomingMessage[];
}

async function readTogether(
  messages: readonly IncomingMessage[],
  stopAt: number,
  ports: ReaderPorts,
): Promise<Together> {
  const { clock, pipeline, requests } = ports;
  const { readTimeoutMs, readsPerInvocation, readAttempts } = pipeline.limits;
  const running = new Set<Promise<void>>();
  const failed = new Set<IncomingMessage>();
  const alone: IncomingMessage[] = [];
  let toDelete: string[] = [];
  let reading = 0; // Of those running, the others only send yet.

  const start = (message: IncomingMessage, leave: (isDone: boolean) => void): void => {
    if (message.receiveCount > readAttempts) {
      alone.push(message);
      return;
    }
    const deadlineMs = Math.max(0, Math.min(readTimeoutMs, stopAt - clock.now()));
    reading += 1;
    const work = readRequest(message, deadlineMs, ports, () => {
      reading -= 1;
    }).then(leave);
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  for (const message of messages) {
    start(message, (isDone) => {
      if (!isDone) failed.add(message);
    });
  }

  const isWorn = messages.some((message) => message.receiveCount > readAttempts / 2);
  let pulls =
    messages.length === SQS_BATCH_ENTRIES_MAX && readsPerInvocation > SQS_BATCH_ENTRIES_MAX && !isWorn;
  if (pulls) await passQuickReads(running, clock);
  while (running.size > 0) {
    pulls &&= reading > 0 && clock.now() + readTimeoutMs <= stopAt;
    const free = readsPerInvocation - running.size;
    if (!pulls || free < lotOf(readsPerInvocation)) {
      await Promise.race(running);
      continue;
    }
    const more = await requests.receive(Math.min(free, SQS_BATCH_ENTRIES_MAX)).catch(() => []);
    pulls = more.length > 0;
    for (const message of more) {
      start(message, (isDone) => {
        if (isDone) toDelete.push(handleOf(message));
      });
    }
    if (toDelete.length >= SQS_BATCH_ENTRIES_MAX) {
      const lot = toDelete;
      toDelete = [];
      await remove(lot, ports);
    }
  }
  await remove(toDelete, ports);
  return { failed, alone };
}

/**
 * Returns those that must come back. One after the other, in any order: whoever ends the function takes along only those
 * that are left.
 */
async function readAlone(
  messages: readonly IncomingMessage[],
  stopAt: number,
  ports: ReaderPorts,
): Promise<IncomingMessage[]> {
  const { clock, pipeline, random } = ports;
  const { readTimeoutMs } = pipeline.limits;
  const failed: IncomingMessage[] = [];
  const places = new Map(messages.map((message) => [message, random()]));
  for (const message of messages.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))) {
    const hasTime = clock.now() + readTimeoutMs <= stopAt;
    const isDone = hasTime && (await readRequest(message, readTimeoutMs, ports, () => {}));
    if (isDone) await remove([handleOf(message)], ports);
    else failed.push(message);
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
