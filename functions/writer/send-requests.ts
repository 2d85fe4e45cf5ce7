/** Sends requests to their queue in as few calls as SQS allows. */
import { SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../limits.ts';
import { bytesOf } from '../outgoing-request.ts';
import type { Outbox, OutgoingMessage } from '../ports.ts';

/** Throws if SQS did not confirm a request. The stream then repeats the record, which sends the same requests. */
export async function sendRequests(messages: readonly OutgoingMessage[], outbox: Outbox): Promise<void> {
  for (const lot of lotsOf(messages)) {
    const answers = await outbox.sendBatch(lot);
    const failure = answers.find((answer) => answer !== undefined);
    if (failure !== undefined) throw new Error(`SQS refused a submitted request: ${failure.reason}`);
  }
}

function* lotsOf(messages: readonly OutgoingMessage[]): Generator<OutgoingMessage[]> {
  let lot: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const own = bytesOf(message);
    if (lot.length === SQS_BATCH_ENTRIES_MAX || bytes + own > SQS_BATCH_BYTES_MAX) {
      yield lot;
      lot = [];
      bytes = 0;
    }
    lot.push(message);
    bytes += own;
  }
  if (lot.length > 0) yield lot;
}
