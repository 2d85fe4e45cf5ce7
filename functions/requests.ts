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
   * No reading of this request was sent before this time (epoch ms, by SQS's clock). A submitter that chose the id
   * may have used it in an earlier message, as far back as `resubmitWithinMs` allows.
   */
  readonly since: number;
}

export const REQUEST_ID_LENGTH_MAX = 512;

export function identityOf(message: IncomingMessage, resubmitWithinMs: number): RequestIdentity {
  const given = message.attributes[REQUEST_ATTRIBUTES.id];
  if (given === undefined) return { id: message.messageId, since: message.sentAt };
  if (given === '' || given.length > REQUEST_ID_LENGTH_MAX || !given.isWellFormed()) {
    throw new PermanentError(
      `request id of ${given.length} characters: use 1 to ${REQUEST_ID_LENGTH_MAX} characters of well-formed Unicode`,
    );
  }
  const since = message.attributes[REQUEST_ATTRIBUTES.since];
  const known = since !== undefined && /^\d{1,15}$/.test(since);
  return { id: given, since: known ? Number(since) : Math.max(0, message.sentAt - resubmitWithinMs) };
}

/** The request as the pipeline's schema gives it back. */
export async function parseRequest(pipeline: Pipeline, body: string): Promise<unknown> {
  const result = await pipeline.request['~standard'].validate(parseJson(body, 'request'));
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, 5).map((issue) => {
    const path = (issue.path ?? [])
      .map((step) => String(typeof step === 'object' ? step.key : step))
      .join('.');
    const problem = withoutValues(issue.message);
    return path === '' ? problem : `${path}: ${problem}`;
  });
  throw new PermanentError(`request does not fit the schema of ${pipeline.name}: ${issues.join('; ')}`);
}

/** Schema libraries tell what they got instead ("expected string but received 7"): that is the submitter's data. */
function withoutValues(message: string): string {
  return message
    .slice(0, 1_000)
    .replace(/[,:]?( but)? (received|got)\b.*$/is, '')
    .replace(/(["'`]).*\1/gs, '…');
}

export function deadRequest(
  message: IncomingMessage,
  error: unknown,
  resubmitWithinMs: number,
): OutgoingMessage {
  const { id, since, stage, reason, attempts } = REQUEST_ATTRIBUTES;
  const kept = message.attributes;
  const earliest = kept[id] === undefined ? message.sentAt : Math.max(0, message.sentAt - resubmitWithinMs);
  return {
    body: message.body,
    // On a standard queue the group is the tenant (fair queues).
    ...(message.group === '' ? {} : { group: message.group }),
    attributes: {
      [id]: kept[id] ?? message.messageId,
      // A redrive makes a new message with a new time; what was known of the first one must not get lost.
      [since]: kept[since] ?? String(earliest),
      [stage]: 'read',
      [reason]: reasonOf(error),
      [attempts]: String(message.receiveCount),
    },
  };
}
