/**
 * The two lanes of a pipeline with `backfill`. One function reads both queues, and each batch comes from one of them. A
 * request stays in its lane: it goes back to the same queue, the requests that its read submits go there too, and its reads
 * use the lane's share of the sources.
 */
import type { Lane } from '../backfill.ts';
import { isRecord } from '../json.ts';
import type { Outbox } from '../ports.ts';
import { REQUEST_ATTRIBUTES } from '../requests.ts';

/** The lane of a batch, by the queue that the event names. `backfillQueueUrl` is undefined if the pipeline has one lane. */
export function laneOf(event: unknown, backfillQueueUrl: string | undefined): Lane {
  if (backfillQueueUrl === undefined) return 'live';
  const [record]: unknown[] = isRecord(event) && Array.isArray(event['Records']) ? event['Records'] : [];
  const arn = isRecord(record) ? record['eventSourceARN'] : undefined;
  return typeof arn === 'string' && lastOf(arn, ':') === lastOf(backfillQueueUrl, '/') ? 'backfill' : 'live';
}

/** Both the ARN and the URL of a queue end with its name. */
function lastOf(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}

/** Marks dead letters with their lane, so that a redrive sends them back to it. Both lanes use the same dead-letter queue. */
export function sayingLane(outbox: Outbox, lane: Lane): Outbox {
  if (lane === 'live') return outbox;
  return {
    sendBatch: (messages) =>
      outbox.sendBatch(
        messages.map((message) => ({
          ...message,
          attributes: { ...message.attributes, [REQUEST_ATTRIBUTES.lane]: lane },
        })),
      ),
  };
}
