/**
 * Gives a request back to its queue until its source may be read: it stays invisible until then. SQS counts each receive
 * and would set the request aside in the end. So long before that it is sent again as the same request, and the old message
 * is deleted.
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { RETENTION_DAYS } from '../limits.ts';
import type { Clock, Outbox, Random, RequestsQueue } from '../ports.ts';
import { REQUEST_ATTRIBUTES, type RequestIdentity, sameRequest } from '../requests.ts';
import type { NotYetError } from './gate/gate-ports.ts';

interface ComeBackPorts {
  readonly requests: RequestsQueue;
  /** Sends to the requests queue. */
  readonly anew: Outbox;
  readonly clock: Clock;
  readonly random: Random;
}

interface Waiting {
  /** As SQS delivered it. */
  readonly given: IncomingMessage;
  readonly identity: RequestIdentity | undefined;
  /** Attempts before this one. */
  readonly attempts: number;
}

/** SQS counts to a thousand at the most (infra/settings/settings.ts). */
const RECEIVES_MAX = 500;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html */
const INVISIBLE_SECONDS_MAX = 43_200 - 900;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const DELAY_SECONDS_MAX = 900;
/** Those that come back at one moment are spread over this part of their wait, ten seconds at the most. */
const SPREAD = 0.1;
const SPREAD_SECONDS_MAX = 10;
const DAY_MS = 86_400_000;

/** Whether its queue would soon drop it for its age: then it is set aside instead. */
export function isTooOld({ attributes, sentAt }: IncomingMessage, now: number): boolean {
  const first = Number(attributes[REQUEST_ATTRIBUTES.firstSent] ?? sentAt);
  return now - first > (RETENTION_DAYS - 1) * DAY_MS;
}

/** Returns whether the message may be acknowledged. */
export async function comeBack(
  { given, identity, attempts }: Waiting,
  { until }: NotYetError,
  { requests, anew, clock, random }: ComeBackPorts,
): Promise<boolean> {
  const waitSeconds = Math.max(1, (until - clock.now()) / 1000);
  const spread = Math.min(SPREAD_SECONDS_MAX, waitSeconds * SPREAD) * random();
  const seconds = Math.ceil(waitSeconds + spread);
  if (given.receiveCount >= RECEIVES_MAX) {
    const delaySeconds = Math.min(seconds, DELAY_SECONDS_MAX);
    const [failure] = await anew.sendBatch([{ ...sameRequest(given, identity, attempts), delaySeconds }]);
    if (failure === undefined) return true;
  }
  await requests.postpone(given.receiptHandle, Math.min(seconds, INVISIBLE_SECONDS_MAX));
  return false;
}
