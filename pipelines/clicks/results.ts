/**
 * Sends outputs to the stack's results queue: one message per output, with the output as body and the
 * output's id as attribute `id`. Outputs are delivered at least once; a consumer of the queue drops repeats
 * by that id.
 */

import type { Delivery, WriteContext } from 'weir-pipelines';
import { createOutbox, createSqsClient } from '../../functions/aws/sqs.ts';
import { ENV, requireEnv } from '../../functions/env.ts';
import { encodeJson } from '../../functions/json.ts';
import { SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import type { Outbox } from '../../functions/ports.ts';

export async function sendResults(
  deliveries: readonly Delivery<unknown>[],
  outbox: Outbox,
  { signal }: Pick<WriteContext, 'signal'>,
): Promise<void> {
  for (let start = 0; start < deliveries.length; start += SQS_BATCH_ENTRIES_MAX) {
    signal.throwIfAborted();
    const batch = deliveries.slice(start, start + SQS_BATCH_ENTRIES_MAX);
    const failures = await outbox.sendBatch(
      batch.map(({ id, output }) => ({ body: encodeJson(output, `output ${id}`), attributes: { id } })),
    );
    const failed = failures.find((failure) => failure !== undefined);
    if (failed !== undefined) throw new Error(`the results queue refused an output: ${failed.reason}`);
  }
}

let outbox: Outbox | undefined;

/** Created for the first output. */
export function resultsQueue(): Outbox {
  outbox ??= createOutbox(createSqsClient(), requireEnv(ENV.resultsQueueUrl));
  return outbox;
}
