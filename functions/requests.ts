/**
 * The codec of a request: the body is the user's JSON, the attributes are Weir's. A request that is set aside keeps its body
 * unchanged and its identity in attributes. So every redrive, even from the console, brings back the same request.
 */

import { PermanentError, reasonOf } from './errors.ts';
import type { IncomingMessage } from './incoming-message.ts';
import { parseJson } from './json.ts';
import type { Pipeline } from './pipeline.ts';
import type { OutgoingMessage } from './ports.ts';
import { schemaProblem } from './schema-problem.ts';
import { parseTrace, type TraceContext, traceFields } from './trace-context.ts';

/**
 * Names of the message attributes. Submitters may set `id`, `traceparent` and `tracestate`; feeds set `messageId` and `since`.
 * Weir sets the others.
 */
export const REQUEST_ATTRIBUTES = {
  id: 'id',
  /** The id of the request's first SQS message, which a redrive would change, or the position of its record in a feed. */
  messageId: 'messageId',
  since: 'since',
  /**
   * Set on a request that was sent again while it waited for its source: the number of earlier attempts, and the time of the
   * first send (epoch ms).
   */
  tried: 'tried',
  firstSent: 'firstSent',
  stage: 'stage',
  reason: 'reason',
  attempts: 'attempts',
  /** Set on a dead letter of the backfill lane: a redrive sends it back to that lane. */
  lane: 'lane',
  /** Set on a request that a read or a write submitted: its chain (chain.ts). */
  chain: 'chain',
  /** Set on a request that an operator made by editing a dead letter: the id of the original request. */
  editedFrom: 'editedFrom',
  /** The trace of the submitter (trace-context.ts), under the names of the W3C standard. */
  traceparent: 'traceparent',
  tracestate: 'tracestate',
} as const;

export interface RequestIdentity {
  readonly id: string;
  /**
   * No reading of this request was sent before this time (epoch ms, SQS's clock). A submitter may have used the same id in an
   * earlier message, as far back as `resubmitWithinMs` allows.
   */
  readonly since: number;
}

export const REQUEST_ID_LENGTH_MAX = 512;

/** Control characters, noncharacters and lone surrogates, which SQS refuses in bodies and attributes. */
export const REFUSED_BY_SQS = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * The id that the submitter gave with the message, else the one that the pipeline finds in the request, else the message id.
 * These share one namespace on purpose: an event that is submitted again by hand under its id is one request, and a message
 * id that was kept through the dead-letter queue still names its request.
 */
export function identityOf(
  message: IncomingMessage,
  request: unknown,
  { requestId, limits: { resubmitWithinMs } }: Pick<Pipeline, 'requestId' | 'limits'>,
): RequestIdentity {
  const { attributes, messageId, sentAt } = message;
  const since = attributes[REQUEST_ATTRIBUTES.since];
  const known = since !== undefined && /^\d{1,15}$/.test(since);
  const chosen = attributes[REQUEST_ATTRIBUTES.id] ?? requestId?.(request);
  if (chosen === undefined) {
    const first = attributes[REQUEST_ATTRIBUTES.messageId] ?? messageId;
    return { id: first, since: known ? Number(since) : sentAt };
  }
  checkId(chosen);
  return { id: chosen, since: known ? Number(since) : Math.max(0, message.sentAt - resubmitWithinMs) };
}

/** The id becomes an attribute when the request is set aside, so SQS must accept it. */
function checkId(id: unknown): void {
  const length = typeof id === 'string' ? id.length : 0;
  if (typeof id === 'string' && length > 0 && length <= REQUEST_ID_LENGTH_MAX && !REFUSED_BY_SQS.test(id))
    return;
  throw new PermanentError(
    `request id of ${length} characters: use 1 to ${REQUEST_ID_LENGTH_MAX} characters of those that SQS takes`,
  );
}

/** The request as the pipeline's schema returns it. */
export async function parseRequest(pipeline: Pipeline, body: string): Promise<unknown> {
  const { name, request: schema, numbers, schemaMessages } = pipeline;
  const request = parseJson(body, 'request', numbers);
  const result = await schema['~standard'].validate(request);
  if (result.issues === undefined) return result.value;
  const problem = schemaProblem(result.issues, request, schemaMessages);
  throw new PermanentError(`request does not fit the schema of ${name}: ${problem}`);
}

/** The request as a new message with the same id, age and number of attempts. */
export function sameRequest(
  { body, group, attributes, messageId, sentAt }: IncomingMessage,
  identity: RequestIdentity | undefined,
  attempts: number,
  pipeline: Pick<Pipeline, 'trace'> = {},
): OutgoingMessage {
  const names = REQUEST_ATTRIBUTES;
  const chosen = attributes[names.id];
  const since = attributes[names.since] ?? (identity === undefined ? undefined : String(identity.since));
  return {
    body,
    ...(group === '' ? {} : { group }),
    attributes: {
      ...(chosen === undefined
        ? { [names.messageId]: attributes[names.messageId] ?? messageId }
        : { [names.id]: chosen }),
      ...(since === undefined ? {} : { [names.since]: since }),
      [names.firstSent]: attributes[names.firstSent] ?? String(sentAt),
      [names.tried]: String(attempts),
      // `stage` shows that the request was redriven; refuseOver needs it.
      ...keptOf(attributes, names.chain, names.stage, names.editedFrom),
      ...traceFields(traceOf({ attributes }, pipeline)),
    },
  };
}

/** `identity` is undefined if the request could not be parsed that far. */
export function deadRequest(
  message: IncomingMessage,
  error: unknown,
  identity: RequestIdentity | undefined,
  { requestId, limits, trace }: Pick<Pipeline, 'requestId' | 'limits' | 'trace'>,
): OutgoingMessage {
  const { id, messageId, since, stage, reason, attempts, chain, editedFrom } = REQUEST_ATTRIBUTES;
  const kept = message.attributes;
  const first = kept[messageId] ?? message.messageId;
  const chosen = kept[id] ?? identity?.id ?? (requestId === undefined ? first : undefined);
  const mayBeOlder = kept[id] !== undefined || requestId !== undefined;
  const reachMs = mayBeOlder ? limits.resubmitWithinMs : 0;
  const earliest = identity?.since ?? Math.max(0, message.sentAt - reachMs);
  return {
    body: message.body,
    // On a standard queue the group is the tenant (fair queues).
    ...(message.group === '' ? {} : { group: message.group }),
    attributes: {
      // Without a chosen id, the pipeline finds the id in the request once it can be parsed.
      ...(chosen === undefined ? { [messageId]: first } : { [id]: chosen }),
      // A redrive makes a new message with a new time, so the time of the first one is kept here.
      [since]: kept[since] ?? String(earliest),
      [stage]: 'read',
      [reason]: reasonOf(error),
      [attempts]: String(message.receiveCount),
      ...keptOf(message.attributes, chain, editedFrom),
      ...traceFields(traceOf(message, { trace })),
    },
  };
}

/** The trace of a request; undefined if it has none, or an invalid one, or if the pipeline does not carry traces. */
export function traceOf(
  { attributes }: Pick<IncomingMessage, 'attributes'>,
  { trace }: Pick<Pipeline, 'trace'>,
): TraceContext | undefined {
  const { traceparent, tracestate } = REQUEST_ATTRIBUTES;
  return trace === undefined ? undefined : parseTrace(attributes[traceparent], attributes[tracestate]);
}

/** Those of the named attributes that the request has. */
function keptOf(attributes: IncomingMessage['attributes'], ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (attributes[name] === undefined ? [] : [[name, attributes[name]]])),
  );
}
