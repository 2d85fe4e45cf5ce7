/**
 * The reader: reads all requests of a batch at once, and keeps its slots full.
 *
 * A batch of ten would hold ten slots until its slowest read ends. So an invocation that was given a full batch, which
 * means that more are waiting, pulls further requests itself as slots get free, up to `readsPerInvocation` at once,
 * as long as there is time for a whole read. They have the same guarantees: each is deleted when what it led to is
 * durable, and comes back by its visibility timeout otherwise. The batch it was given is Lambda's to delete.
 */
import type { IncomingMessage } from '../batch.ts';
import { SQS_BATCH_ENTRIES_MAX, TIMEOUT_MARGIN_MS } from '../limits.ts';
import { type ReaderPorts, readRequest } from './read-request.ts';

/** Returns the ids of the given messages that must come back. */
export async function readBatch(
  messages: readonly IncomingMessage[],
  remainingMs: number,
  ports: ReaderPorts,
): Promise<string[]> {
  const { clock, pipeline, requests } = ports;
  const { readTimeoutMs, readsPerInvocation } = pipeline.limits;
  const stopAt = clock.now() + remainingMs - TIMEOUT_MARGIN_MS;
  const running = new Set<Promise<void>>();
  const failed: string[] = [];
  let toDelete: string[] = [];

  const start = (message: IncomingMessage, leave: (isDone: boolean) => void): void => {
    const deadlineMs = Math.max(0, Math.min(readTimeoutMs, stopAt - clock.now()));
    const reading = readRequest(message, deadlineMs, ports).then(leave);
    running.add(reading);
    void reading.finally(() => running.delete(reading));
  };
  for (const message of messages) {
    start(message, (isDone) => {
      if (!isDone) failed.push(message.messageId);
    });
  }

  let pulls = messages.length === SQS_BATCH_ENTRIES_MAX && readsPerInvocation > SQS_BATCH_ENTRIES_MAX;
  while (running.size > 0 || pulls) {
    pulls &&= clock.now() + readTimeoutMs <= stopAt;
    const free = readsPerInvocation - running.size;
    if (!pulls || free < lotOf(readsPerInvocation)) {
      if (running.size > 0) await Promise.race(running);
      continue;
    }
    const more = await requests.receive(Math.min(free, SQS_BATCH_ENTRIES_MAX)).catch(() => []);
    pulls = more.length > 0;
    for (const message of more) {
      start(message, (isDone) => {
        if (isDone) toDelete.push(message.receiptHandle);
      });
    }
    if (toDelete.length >= SQS_BATCH_ENTRIES_MAX) {
      const lot = toDelete;
      toDelete = [];
      await remove(lot, ports);
    }
  }
  await remove(toDelete, ports);
  return failed;
}

/** Pulls wait for a few free slots, so that a call brings several requests: it costs the same as one. */
function lotOf(slots: number): number {
  return Math.max(1, Math.min(SQS_BATCH_ENTRIES_MAX, Math.floor(slots / 5)));
}

/** A request that is not deleted comes back and is read again, in vain but without harm. */
async function remove(receiptHandles: readonly string[], { requests }: ReaderPorts): Promise<void> {
  for (let from = 0; from < receiptHandles.length; from += SQS_BATCH_ENTRIES_MAX) {
    await requests.remove(receiptHandles.slice(from, from + SQS_BATCH_ENTRIES_MAX)).catch(() => undefined);
  }
}
