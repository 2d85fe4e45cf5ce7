/**
 * Sends a dead request with another body. It is a new request: under the old id, the receipts would drop it
 * for each key where the old one had an effect, and one id would have two contents. The new id derives from
 * the old id and the new body, so the same edit made twice, after a crash or by two people, is one request
 * (docs/decisions/0038).
 */
import { PermanentError } from '../functions/errors.ts';
import { escapeNoncharacters, parseJson } from '../functions/json.ts';
import { parseWithSource, rawJson } from '../functions/json-source.ts';
import { SQS_BATCH_BYTES_MAX } from '../functions/limits.ts';
import { editedIdOf } from '../functions/message-ids.ts';
import { bytesOf } from '../functions/outgoing-request.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { DeadMessage } from './dead-queue.ts';
import type { Deployment } from './deployment.ts';
import { requestAgain, requestsQueueOf, sendTo } from './redrive.ts';

/** Sends the request and returns its id. `body` must come from newBody. */
export async function editRequest(
  deployment: Deployment,
  message: DeadMessage,
  body: string,
): Promise<string> {
  const { id, message: edited } = editedRequest(message, body);
  await sendTo(deployment, requestsQueueOf(deployment, message), edited);
  return id;
}

const { id: ID, messageId: MESSAGE_ID, tried: TRIED, firstSent: FIRST_SENT } = REQUEST_ATTRIBUTES;

/**
 * The attempts of the old request do not count. Its `since` stays, because a repeated edit may be sent later.
 */
export function editedRequest(
  letter: DeadMessage,
  body: string,
): { readonly id: string; readonly message: OutgoingMessage } {
  const again = requestAgain(letter);
  const { [MESSAGE_ID]: messageId, [TRIED]: _tried, [FIRST_SENT]: _sent, ...kept } = again.attributes;
  const old = kept[ID] ?? messageId ?? letter.messageId;
  const id = editedIdOf(old, body);
  const attributes = { ...kept, [ID]: id, [REQUEST_ATTRIBUTES.editedFrom]: old };
  const message = { ...again, body, attributes };
  if (bytesOf(message) <= SQS_BATCH_BYTES_MAX) return { id, message };
  throw new OperatorError('the edited request is larger than SQS takes (1 MiB). Nothing was sent');
}

/**
 * The edited body without white space between its parts, and with all digits of its numbers: the pipeline
 * decides whether they may be rounded. Throws an OperatorError for a body that no request can have.
 */
export function newBody(text: string): string {
  try {
    // Refuses an object with a duplicate name: a parser would keep only the last value.
    parseJson(text, 'the new body', 'rounded');
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    throw new OperatorError(`${error.message}. Nothing was sent`, { cause: error });
  }
  const exact = parseWithSource(text, (_name, value, { source }) =>
    typeof value === 'number' ? rawJson(source) : value,
  );
  return escapeNoncharacters(JSON.stringify(exact));
}
