/**
 * Sends a dead letter back to the stage where it failed, with its identity, so that nothing is applied twice:
 * readings that were applied meanwhile, or are redriven again, are found among the receipts of their key
 * (docs/decisions/0003 and 0012). The letter is sent first and deleted afterwards. After a crash between the
 * two it is in both places, which is an ordinary redelivery.
 */
import { hash } from 'node:crypto';
import * as v from 'valibot';
import { createOutbox } from '../functions/aws/sqs.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { defined } from '../functions/defined.ts';
import { bodyAgain } from '../functions/encode-readings.ts';
import { NewerFormatError } from '../functions/errors.ts';
import { RECEIPT_REACH_DAYS } from '../functions/limits.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { DeadMessage } from './dead-queue.ts';
import { type Deployment, nameOfQueue } from './deployment.ts';
import type { FailedBatch } from './failed-outputs.ts';

export async function redriveRequest(deployment: Deployment, message: DeadMessage): Promise<void> {
  await sendTo(deployment, requestsQueueOf(deployment, message), requestAgain(message));
}

/**
 * The queue of the request's lane. A message that the reader set aside names the lane; one that SQS moved,
 * its source queue.
 */
export function requestsQueueOf(
  { requestsQueue, backfillQueue }: Deployment,
  { attributes, source = '' }: DeadMessage,
): string {
  if (backfillQueue === undefined) return requestsQueue;
  const isBackfill = attributes[LANE] === 'backfill' || source.endsWith(`:${nameOfQueue(backfillQueue)}`);
  return isBackfill ? backfillQueue : requestsQueue;
}

export async function redriveReading(deployment: Deployment, message: DeadMessage): Promise<void> {
  await sendTo(deployment, deployment.readingsQueue, readingAgain(message));
}

const {
  id: ID,
  messageId: MESSAGE_ID,
  since: SINCE,
  stage: STAGE,
  reason: REASON,
  attempts: ATTEMPTS,
  lane: LANE,
  chain: CHAIN,
} = REQUEST_ATTRIBUTES;

type RequestAgain = OutgoingMessage & Required<Pick<OutgoingMessage, 'attributes'>>;

/** The request with its old id and the earliest time at which its readings may have been sent. */
export function requestAgain({ body, attributes, messageId, sentAt, group }: DeadMessage): RequestAgain {
  const { [STAGE]: stage, [REASON]: _reason, [ATTEMPTS]: _attempts, [LANE]: _lane, ...kept } = attributes;
  // A request that SQS itself moved has no `since`, and the pipeline may find its id in the body. Such an id
  // may have been used long before, so `since` covers the whole time for which receipts are kept: an earlier
  // time is always safe and costs one more lookup.
  const earliest = String(Math.max(0, sentAt - RECEIPT_REACH_DAYS * DAY_MS));
  const first = kept[ID] === undefined && { [MESSAGE_ID]: kept[MESSAGE_ID] ?? messageId };
  // A person has released a request that is over the bounds of its chain; its stage records this
  // (refuseOver).
  const letGo = kept[CHAIN] !== undefined && stage !== undefined && { [STAGE]: stage };
  const again = { ...kept, ...first, ...letGo, [SINCE]: kept[SINCE] ?? earliest };
  return { body, attributes: again, ...defined({ group }) };
}

const DAY_MS = 86_400_000;

/**
 * The same message, treated as a possible duplicate until its receipts prove otherwise. Its deduplication id
 * derives from the dead letter: SQS would drop the old id within five minutes of its use, and a letter that
 * is redriven twice must count once.
 */
function readingAgain({ body, messageId, group = '' }: DeadMessage): OutgoingMessage {
  try {
    decodeMessage(body);
  } catch (error) {
    if (error instanceof NewerFormatError) {
      throw new OperatorError(`${error.message}: redrive it with the newer build of weir`, { cause: error });
    }
    throw new OperatorError(
      'it is no message of Weir, so it would only come back: look at it with "dead show", then discard it',
      { cause: error },
    );
  }
  return { body: bodyAgain(body), group, deduplicationId: hash('sha256', `redrive:${messageId}`) };
}

/** Resolves when SQS has accepted the message. */
export async function sendTo({ sqs }: Deployment, queueUrl: string, message: OutgoingMessage): Promise<void> {
  const [failure] = await createOutbox(sqs, queueUrl).sendBatch([message]);
  if (failure !== undefined) throw new Error(`SQS refused it: ${failure.reason}`);
}

const WriterAnswer = v.object({ batchItemFailures: v.array(v.unknown()) });

/** Outputs go to the writer as before, under the ids that their commits fixed. */
export async function redriveOutputs(deployment: Deployment, batch: FailedBatch): Promise<void> {
  const { records, sound, reason } = batch;
  const { writer } = deployment.functions;
  if (!sound) throw new OperatorError(reason);
  if (writer === undefined) {
    throw new OperatorError('the writer function is not known: allow cloudformation:DescribeStackResources');
  }
  const { headers, text } = await deployment.call('lambda', {
    path: `/2015-03-31/functions/${encodeURIComponent(writer)}/invocations`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ Records: records }),
  });
  if (headers.has('x-amz-function-error'))
    throw new Error(`the writer ended with an error: ${text.slice(0, 300)}`);
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), WriterAnswer), text);
  if (!answer.success) {
    throw new Error(`${writer} answered ${JSON.stringify(text.slice(0, 100))}: that is no writer of Weir`);
  }
  const { batchItemFailures } = answer.output;
  if (batchItemFailures.length === 0) return;
  throw new Error(
    `the writer failed over ${batchItemFailures.length} of ${records.length} records again: its log says why`,
  );
}
