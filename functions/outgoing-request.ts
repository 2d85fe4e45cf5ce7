/** Makes the message of a request, and checks it, so that an error names the cause before SQS or the reader refuses it. */
import { PermanentError } from './errors.ts';
import { encodeJson } from './json.ts';
import { SQS_BATCH_BYTES_MAX } from './limits.ts';
import type { OutgoingMessage } from './ports.ts';
import { REFUSED_BY_SQS, REQUEST_ATTRIBUTES, REQUEST_ID_LENGTH_MAX } from './requests.ts';
import { parseTrace, traceFields } from './trace-context.ts';

export interface OutgoingParts {
  readonly id: unknown;
  readonly body: unknown;
  readonly tenant?: unknown;
  readonly traceparent?: unknown;
  readonly tracestate?: unknown;
}

/** Throws a PermanentError that says what is wrong with the request. */
export function outgoingRequest({
  id,
  body,
  tenant,
  traceparent,
  tracestate,
}: OutgoingParts): OutgoingMessage {
  const trace = traceFields(parseTrace(traceparent, tracestate));
  const attributes = { [REQUEST_ATTRIBUTES.id]: checkRequestId(id), ...trace };
  const text = encodeJson(body, 'the body');
  // On a standard queue the group makes the queue fair among tenants. It does not order messages.
  const group = tenant === undefined ? {} : { group: checkTenant(tenant) };
  const message = { body: text, attributes, ...group };
  if (bytesOf(message) <= SQS_BATCH_BYTES_MAX) return message;
  throw new PermanentError('the request is larger than SQS takes (1 MiB); let it name the place of its data');
}

/** The size of a message as SQS counts it: its body, and its attributes with names and types. */
export function bytesOf({ body, attributes = {} }: OutgoingMessage): number {
  const ofAttributes = Object.entries(attributes).map(
    ([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value) + 'String'.length,
  );
  return ofAttributes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(body));
}

export function checkRequestId(id: unknown): string {
  const sound =
    typeof id === 'string' && id !== '' && id.length <= REQUEST_ID_LENGTH_MAX && !REFUSED_BY_SQS.test(id);
  if (sound) return id;
  throw new PermanentError(
    `its id is ${JSON.stringify(id)?.slice(0, 80)}: use text of 1 to ${REQUEST_ID_LENGTH_MAX} characters that SQS takes`,
  );
}

export function checkTenant(tenant: unknown): string {
  if (typeof tenant === 'string' && /^[!-~]{1,128}$/.test(tenant)) return tenant;
  throw new PermanentError(
    `its tenant is ${JSON.stringify(tenant)?.slice(0, 80)}: a message group has 1 to 128 letters, digits and ` +
      'punctuation marks of ASCII',
  );
}
