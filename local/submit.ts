/** Sends messages to a queue in batches as large as SQS accepts, as a submitter should. */
import { SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import type { StackQueue } from './storage/stack-queue.ts';

/** A list, or messages that are read from a file while they are sent. */
export type Messages = Iterable<OutgoingMessage> | AsyncIterable<OutgoingMessage>;

export async function submit(
  queue: StackQueue,
  messages: Messages,
  onBatch: (bytes: number, grouped: boolean) => void,
): Promise<void> {
  for await (const batch of batchesOf(messages)) {
    const bytes = batch.reduce((sum, message) => sum + sizeOf(message), 0);
    onBatch(
      bytes,
      batch.some(({ group }) => group !== undefined),
    );
    await queue.send(batch);
    // Lets the functions run; otherwise they would wait for the last message.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function* batchesOf(messages: Messages): AsyncGenerator<OutgoingMessage[]> {
  let batch: OutgoingMessage[] = [];
  let bytes = 0;
  for await (const message of messages) {
    const size = sizeOf(message);
    if (batch.length === SQS_BATCH_ENTRIES_MAX || (batch.length > 0 && bytes + size > SQS_BATCH_BYTES_MAX)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Names, types and values of the attributes count towards the size, like the body. */
function sizeOf({ body, attributes = {} }: OutgoingMessage): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, value] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + 'String'.length + Buffer.byteLength(value);
  }
  return bytes;
}
