/**
 * The two lanes of a pipeline with `backfill`. One function reads both queues, and each batch comes from one of them. A
 * request stays in its lane: it goes back to the same queue, the requests that its read submits go there too, and its reads
 * use the lane's share of the sources.
 */
import type { Lane } from '../backfill.ts';
import { isRecord } from '../json.ts';
import type { Limits } from '../limits.ts';
import type { Clock, Outbox, Random, RequestsQueue } from '../ports.ts';
import { REQUEST_ATTRIBUTES } from '../requests.ts';
import type { ReaderPorts } from './read-request.ts';
import { createSender } from './sender.ts';

/** The queue of a lane, to send to and to receive from. */
export interface LaneQueue {
  readonly outbox: Outbox;
  readonly requests: RequestsQueue;
}

interface Common {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Pick<Limits, 'lingerMs'>;
  /** Both lanes use the same dead-letter queue. */
  readonly deadLetters: Outbox;
}

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

export function portsOfLane(
  lane: Lane,
  queueOf: (lane: Lane) => LaneQueue,
  { clock, random, limits, deadLetters }: Common,
): Pick<ReaderPorts, 'deadLetters' | 'requests' | 'submit'> {
  const { outbox, requests } = queueOf(lane);
  return {
    submit: createSender({ clock, random, outbox }, limits.lingerMs, 'a submitted request'),
    requests,
    deadLetters: lane === 'live' ? deadLetters : sayingLane(deadLetters, lane),
  };
}

/** Marks dead letters with their lane, so that a redrive sends them back to it. */
function sayingLane(outbox: Outbox, lane: Lane): Outbox {
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
