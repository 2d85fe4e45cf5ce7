/**
 * Back to where it failed, with its identity, so that nothing is applied twice: what was applied in the meantime, or
 * is redriven a second time, is found among the receipts of its key (docs/decisions/0003 and 0012). Sent first and
 * deleted after: a crash between the two leaves it in both places, which is a repeat like any other.
 */
import { hash } from 'node:crypto';
import * as v from 'valibot';
import { createOutbox } from '../functions/aws/sqs.ts';
import { defined } from '../functions/defined.ts';
import { RECEIPT_REACH_DAYS } from '../functions/limits.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import { bodyAgain, decodeMessage } from '../functions/readings.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { DeadMessage } from './dead-queue.ts';
import type { Deployment } from './deployment.ts';
import type { FailedBatch } from './failed-outputs.ts';

export async function redriveRequest(deployment: Deployment, message: DeadMessage): Promise<void> {
  await sendTo(deployment, deployment.requestsQueue, requestAgain(message));
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
  chain: CHAIN,
} = REQUEST_ATTRIBUTES;

type RequestAgain = OutgoingMessage & Required<Pick<OutgoingMessage, 'attributes'>>;

/** The request under the id that it had, and with the earliest time at which its readings may have been sent. */
export function requestAgain({ body, attributes, messageId, sentAt, group }: DeadMessage): RequestAgain {
  const { [STAGE]: stage, [REASON]: _reason, [ATTEMPTS]: _attempts, ...kept } = attributes;
  // Moved by SQS itself it has no `since`, and its id may be one that the pipeline finds in the body. A chosen id may
  // have been used before, and how long before is the pipeline's to say, so all the time counts for which there are
  // receipts: earlier is always right, and costs a look-up.
  const earliest = String(Math.max(0, sentAt - RECEIPT_REACH_DAYS * DAY_MS));
  const first = kept[ID] === undefined && { [MESSAGE_ID]: kept[MESSAGE_ID] ?? messageId };
  // One that is over the bounds of its chain is read because a person let it go, and its stage says so (refuseOver).
  const letGo = kept[CHAIN] !== undefined && stage !== undefined && { [STAGE]: stage };
  const again = { ...kept, ...first, ...letGo, [SINCE]: kept[SINCE] ?? earliest };
  return { body, attributes: again, ...defined({ group }) };
}

const DAY_MS = 86_400_000;

/**
 * The message as it was, but held for a repeat until it is known not to be one. Its deduplication id follows from the dead letter: SQS would drop the one that it had if it
 * was sent within five minutes, and a dead letter that is redriven twice must not count as two.
 */
function readingAgain({ body, messageId, group = '' }: DeadMessage): OutgoingMessage {
  try {
    decodeMessage(body);
  } catch (error) {
    throw new OperatorError(
      'it is no message of Weir, so it would only come back: look at it with "dead show", then discard it',
      { cause: error },
    );
  }
  return { body: bodyAgain(body), group, deduplicationId: hash('sha256', `redrive:${messageId}`) };
}

/** Resolves when SQS has said that it took the message. */
export async function sendTo({ sqs }: Deployment, queueUrl: string, message: OutgoingMessage): Promise<void> {
  const [failure] = await createOutbox(sqs, queueUrl).sendBatch([message]);
  if (failure !== undefined) throw new Error(`SQS did not take it: ${failure.reason}`);
}

const WriterAnswer = v.object({ batchItemFailures: v.array(v.unknown()) });

/** Outputs go to the writer as they went to it before, under the ids that were fixed at their commits. */
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
