/**
 * The codec of a request: the body is the user's JSON, the attributes are Weir's. A request that is set aside keeps
 * its body as it was and its identity as attributes, so that any redrive, the console's too, brings the same request back.
 */
import type { IncomingMessage } from './batch.ts';
import { PermanentError, reasonOf } from './errors.ts';
import { parseJson } from './json.ts';
import type { Pipeline } from './pipeline.ts';
import type { OutgoingMessage } from './ports.ts';

/** Names of the message attributes. Submitters may set `id`; the others are set when a request is set aside. */
export const REQUEST_ATTRIBUTES = {
  id: 'id',
  since: 'since',
  stage: 'stage',
  reason: 'reason',
  attempts: 'attempts',
} as const;

export interface RequestIdentity {
  readonly id: string;
  /**
   * No reading of this request was sent before this time (epoch ms, by SQS's clock). 0 when that cannot be known:
   * a submitter that chose the id may have used it in an earlier message.
   */
  readonly since: number;
}

const ID_LENGTH_MAX = 512;

export function identityOf(message: IncomingMessage): RequestIdentity {
  const given = message.attributes[REQUEST_ATTRIBUTES.id];
  if (given === undefined) return { id: message.messageId, since: message.sentAt };
  if (given === '' || given.length > ID_LENGTH_MAX || !given.isWellFormed()) {
    throw new PermanentError(
      `request id of ${given.length} characters: use 1 to ${ID_LENGTH_MAX} characters of well-formed Unicode`,
    );
  }
  const since = message.attributes[REQUEST_ATTRIBUTES.since];
  return { id: given, since: since !== undefined && /^\d{1,15}$/.test(since) ? Number(since) : 0 };
}

/** The request as the pipeline's schema gives it back. */
export async function parseRequest(pipeline: Pipeline, body: string): Promise<unknown> {
  const result = await pipeline.request['~standard'].validate(parseJson(body, 'request'));
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, 5).map((issue) => {
    const path = (issue.path ?? [])
      .map((step) => String(typeof step === 'object' ? step.key : step))
      .join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw new PermanentError(`request does not fit the schema of ${pipeline.name}: ${issues.join('; ')}`);
}

export function deadRequest(message: IncomingMessage, error: unknown): OutgoingMessage {
  const names = REQUEST_ATTRIBUTES;
  const kept = message.attributes;
  return {
    body: message.body,
    attributes: {
      [names.id]: kept[names.id] ?? message.messageId,
      // A given id stays without `since`: its first use is not known.
      ...(kept[names.id] === undefined ? { [names.since]: String(message.sentAt) } : {}),
      ...(kept[names.since] === undefined ? {} : { [names.since]: kept[names.since] }),
      [names.stage]: 'read',
      [names.reason]: reasonOf(error),
      [names.attempts]: String(message.receiveCount),
    },
  };
}
