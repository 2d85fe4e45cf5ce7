/**
 * A dead request with another body. It is a new request: under the id of the old one the receipts would drop it wherever the old
 * one had an effect, and one id would have two contents. Its id follows from the old id and the new body, so the same edit made
 * twice, after a crash or by two people, is one request (docs/decisions/0038).
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
import { requestAgain, sendTo } from './redrive.ts';

/** Sends the request; returns its id. `body` is as newBody gives it. */
export async function editRequest(
  deployment: Deployment,
  message: DeadMessage,
  body: string,
): Promise<string> {
  const { id, message: edited } = editedRequest(message, body);
  await sendTo(deployment, deployment.requestsQueue, edited);
  return id;
}

const { id: ID, messageId: MESSAGE_ID, tried: TRIED, firstSent: FIRST_SENT } = REQUEST_ATTRIBUTES;

/** What the old one went through is not counted against it. Its `since` stays: an edit that is made again may be younger. */
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
 * The body that somebody has written, without what white space there is between its parts and with all digits of its numbers:
 * whether they may be rounded is the pipeline's to say. Throws an OperatorError for what no request can be.
 */
export function newBody(text: string): string {
  try {
    // Refuses a name that an object has twice, of which only the last would be left.
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
