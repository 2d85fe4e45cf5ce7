/**
 * Requests that a read submits. They are sent after the read has succeeded and before its own request is acknowledged. Their
 * ids derive from its id, so a repeated read sends the same requests, and receipts drop the repeats.
 */
import { type Chain, chainText, newChain, nextHop, parseChain, type SubmitLimits, shareOf } from './chain.ts';
import { PermanentError } from './errors.ts';
import type { IncomingMessage } from './incoming-message.ts';
import { encodeJson, parseJson } from './json.ts';
import { hashOf } from './message-ids.ts';
import { outgoingRequest } from './outgoing-request.ts';
import type { Submit } from './pipeline.ts';
import type { OutgoingMessage } from './ports.ts';
import { REQUEST_ATTRIBUTES, type RequestIdentity } from './requests.ts';
import { type TraceContext, traceFields } from './trace-context.ts';

/** For commands that read single requests and have no queue for the requests that these submit. */
export const NO_SUBMIT: Submit = () => {
  throw new PermanentError(
    'its read submits another request, which is not followed here: run the pipeline with "weir run", or give the readings themselves',
  );
};

/** A chain of submitted requests is longer, or has more requests, than its pipeline allows. */
export class TooManySubmitsError extends PermanentError {}

export interface Submits {
  readonly submit: Submit;
  /** Returns the messages to send. Later submits throw. */
  close(): OutgoingMessage[];
  /** The chain of each of the request's `readings` readings; undefined if the request was not submitted by another. */
  chainOfReadings(readings: number): string | undefined;
}

const ID_LENGTH_MAX = 400;

/** Collects the submits of one read. `refused` is called with the first one that is beyond a limit, whatever the read does with the error. */
export function collectSubmits(
  message: IncomingMessage,
  { id, since }: RequestIdentity,
  limits: SubmitLimits,
  refused: (reason: string) => void,
  trace?: TraceContext,
): Submits {
  const known = chainOf(message);
  const chain = known ?? newChain(id, limits);
  const made = new Map<string, unknown>();
  let closed = false;
  let isRefused = false;
  const refuse = (error: TooManySubmitsError): never => {
    if (!isRefused) refused(error.message);
    isRefused = true;
    throw error;
  };
  return {
    submit(request, options) {
      if (closed)
        throw new PermanentError(
          'submit was called after the read had ended: await everything that calls it',
        );
      const own = checkOwnId(options);
      if (made.has(own)) {
        throw new PermanentError(
          'the read submitted two requests with one id: give each an id of its own, the same on every attempt',
        );
      }
      if (chain.hops >= limits.submitHopsMax) refuse(tooLong(chain, limits));
      if (made.size >= chain.left) refuse(tooMany(chain, limits));
      made.set(own, request);
    },
    close() {
      closed = true;
      const next = nextHop(chain, made.size);
      return [...made].map(([own, request]) =>
        messageOf(own, request, message, { id, since, chain: next, trace }),
      );
    },
    chainOfReadings(readings) {
      if (known === undefined || readings === 0) return undefined;
      return chainText(shareOf({ ...known, left: known.left - made.size }, readings));
    },
  };
}

/**
 * Throws if a request that a write submitted is beyond the limits of its chain. The writer cannot set requests aside, so this
 * is checked here. A redriven request was released by an operator: it is read, but may not submit more.
 */
export function refuseOver({ attributes }: IncomingMessage, limits: SubmitLimits): void {
  const chain = parseChain(attributes[REQUEST_ATTRIBUTES.chain]);
  if (chain === undefined || attributes[REQUEST_ATTRIBUTES.stage] !== undefined) return;
  if (chain.left < 0) throw tooMany(chain, limits);
  if (chain.hops > limits.submitHopsMax) throw tooLong(chain, limits);
}

interface Made {
  /** The id of the request that submitted it, and a time before which nothing with its id can have been sent. */
  readonly id: string;
  readonly since: number;
  readonly chain: Chain;
  readonly trace: TraceContext | undefined;
}

function messageOf(
  own: string,
  request: unknown,
  message: IncomingMessage,
  { id, since, chain, trace }: Made,
): OutgoingMessage {
  const { body, group } = message;
  const sent = submittedRequest(['submitted', id], own, request, { since, chain, group, trace });
  if (sent.body !== sameText(body)) return sent;
  throw new TooManySubmitsError(
    `the read submitted its own request again, as ${JSON.stringify(own)}, which would never end: to be read later, throw an error`,
  );
}

/** `by`: texts that identify the submitting request or output, the same on every attempt. */
export function submittedRequest(
  by: readonly string[],
  own: string,
  body: unknown,
  { since, chain, trace, group = '' }: Omit<Made, 'id'> & { readonly group?: string },
): OutgoingMessage {
  // The hash makes the id unique: without it, "a/b" with "c" and "a" with "b/c" would make the same text.
  const id = `${hashOf(...by, own).slice(0, 24)}/${own}`;
  const sent = outgoingRequest({ id, body, ...(group === '' ? {} : { tenant: group }) });
  const { since: sinceName, chain: chainName } = REQUEST_ATTRIBUTES;
  const attributes = {
    ...sent.attributes,
    [sinceName]: String(since),
    [chainName]: chainText(chain),
    ...traceFields(trace),
  };
  return { ...sent, attributes };
}

/** The text that the body would have if a read had submitted it. */
function sameText(body: string): string {
  return encodeJson(parseJson(body, 'request', 'rounded'), 'the body');
}

export function checkOwnId(options: unknown): string {
  const id: unknown =
    typeof options === 'object' && options !== null && 'id' in options ? options.id : undefined;
  if (typeof id === 'string' && id !== '' && id.length <= ID_LENGTH_MAX) return id;
  throw new PermanentError(
    `submit needs an id of 1 to ${ID_LENGTH_MAX} characters: submit(request, { id: 'page-2' })`,
  );
}

function tooLong({ root, hops }: Chain, { submitHopsMax }: SubmitLimits): TooManySubmitsError {
  return new TooManySubmitsError(
    `requests submitted each other ${hops} times; at most ${submitHopsMax} are allowed (limits.submitHopsMax); they began with ${JSON.stringify(root)}`,
  );
}

export function tooMany(
  { root }: Pick<Chain, 'root'>,
  { submitsPerRequestMax }: SubmitLimits,
): TooManySubmitsError {
  return new TooManySubmitsError(
    `more requests were submitted than one request may lead to, ${submitsPerRequestMax} (limits.submitsPerRequestMax, shared out evenly); ` +
      `they began with ${JSON.stringify(root)}`,
  );
}

function chainOf({ attributes }: IncomingMessage): Chain | undefined {
  return parseChain(attributes[REQUEST_ATTRIBUTES.chain]);
}
