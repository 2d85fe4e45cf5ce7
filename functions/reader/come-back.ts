/**
 * Gives a request back to its queue, where it stays invisible until its source may be read. SQS counts each receive and would
 * finally move the request to the dead-letter queue. So long before that, the same request is sent as a new message, and the
 * old message is deleted.
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { RETENTION_DAYS } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock, Outbox, Random, RequestsQueue } from '../ports.ts';
import { REQUEST_ATTRIBUTES, type RequestIdentity, sameRequest } from '../requests.ts';
import type { NotYetError } from './gate/gate-ports.ts';

interface ComeBackPorts {
  readonly requests: RequestsQueue;
  /** Sends to the requests queue. */
  readonly anew: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly pipeline: Pick<Pipeline, 'trace'>;
}

interface Waiting {
  /** The message as SQS delivered it. */
  readonly given: IncomingMessage;
  readonly identity: RequestIdentity | undefined;
  /** Number of attempts before this one. */
  readonly attempts: number;
}

/** Far below 1,000, the default and largest maxReceiveCount of the requests queue (infra/settings/settings.ts). */
const RECEIVES_MAX = 500;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html */
const INVISIBLE_SECONDS_MAX = 43_200 - 900;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const DELAY_SECONDS_MAX = 900;
/** Requests that would come back at the same time are spread over this part of their wait, at most ten seconds. */
const SPREAD = 0.1;
const SPREAD_SECONDS_MAX = 10;
const DAY_MS = 86_400_000;

/** Whether the queue would soon delete the request for its age. It is then set aside instead. */
export function isTooOld({ attributes, sentAt }: IncomingMessage, now: number): boolean {
  const first = Number(attributes[REQUEST_ATTRIBUTES.firstSent] ?? sentAt);
  return now - first > (RETENTION_DAYS - 1) * DAY_MS;
}

/** Returns whether the message may be acknowledged. */
export async function comeBack(
  { given, identity, attempts }: Waiting,
  { until }: NotYetError,
  { requests, anew, clock, random, pipeline }: ComeBackPorts,
): Promise<boolean> {
  const waitSeconds = Math.max(1, (until - clock.now()) / 1000);
  const spread = Math.min(SPREAD_SECONDS_MAX, waitSeconds * SPREAD) * random();
  const seconds = Math.ceil(waitSeconds + spread);
  if (given.receiveCount >= RECEIVES_MAX) {
    const delaySeconds = Math.min(seconds, DELAY_SECONDS_MAX);
    const [failure] = await anew.sendBatch([
      { ...sameRequest(given, identity, attempts, pipeline), delaySeconds },
    ]);
    if (failure === undefined) return true;
  }
  await requests.postpone(given.receiptHandle, Math.min(seconds, INVISIBLE_SECONDS_MAX));
  return false;
}
