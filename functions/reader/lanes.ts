/**
 * The two lanes of a pipeline with `backfill`: one function reads both queues, a batch is of one of them. What belongs to a
 * request stays in its lane: the queue that it goes back to, the requests that its read submits, its share of the sources.
 */
import type { Lane } from '../backfill.ts';
import { isRecord } from '../json.ts';
import type { Outbox } from '../ports.ts';
import { REQUEST_ATTRIBUTES } from '../requests.ts';

/** By the queue that the event names. `backfillQueueUrl` is undefined where there is one lane only. */
export function laneOf(event: unknown, backfillQueueUrl: string | undefined): Lane {
  if (backfillQueueUrl === undefined) return 'live';
  const [record]: unknown[] = isRecord(event) && Array.isArray(event['Records']) ? event['Records'] : [];
  const arn = isRecord(record) ? record['eventSourceARN'] : undefined;
  return typeof arn === 'string' && lastOf(arn, ':') === lastOf(backfillQueueUrl, '/') ? 'backfill' : 'live';
}

/** ARN and URL of a queue end with its name. */
function lastOf(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}

/** What is set aside says its lane, so that a redrive brings it back there. Both lanes have one dead-letter queue. */
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
