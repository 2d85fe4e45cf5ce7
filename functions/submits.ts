/**
 * Requests that a read makes. They are sent when the read has succeeded, before its own request is acknowledged, and their ids
 * follow from its id: read again, a request makes the same ones, and receipts drop what came twice.
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

/** Where single requests are read for their readings, and what they would submit has nowhere to go. */
export const NO_SUBMIT: Submit = () => {
  throw new PermanentError(
    'its read submits another request, which is not followed here: run the pipeline with "weir run", or give the readings themselves',
  );
};

/** More requests made each other, or in a longer chain, than their pipeline allows. */
export class TooManySubmitsError extends PermanentError {}

export interface Submits {
  readonly submit: Submit;
  /** The messages to send; nothing can be submitted after it. */
  close(): OutgoingMessage[];
  /** What each of so many readings of the request carries on; undefined where nobody submitted the request. */
  chainOfReadings(readings: number): string | undefined;
}

const ID_LENGTH_MAX = 400;

/** For the read of one request. */
export function collectSubmits(
  message: IncomingMessage,
  { id, since }: RequestIdentity,
  limits: SubmitLimits,
): Submits {
  const known = chainOf(message);
  const chain = known ?? newChain(id, limits);
  const made = new Map<string, unknown>();
  let closed = false;
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
      if (chain.hops >= limits.submitHopsMax) throw tooLong(chain, limits);
      if (made.size >= chain.left) throw tooMany(chain, limits);
      made.set(own, request);
    },
    close() {
      closed = true;
      const next = nextHop(chain, made.size);
      return [...made].map(([own, request]) => messageOf(own, request, message, { id, since, chain: next }));
    },
    chainOfReadings(readings) {
      if (known === undefined || readings === 0) return undefined;
      return chainText(shareOf({ ...known, left: known.left - made.size }, readings));
    },
  };
}

/**
 * Of a request that a write submitted: what is over the bounds is only known here, where it can be set aside. One that comes
 * back from the dead-letter queue was let go by a person: it is read, and may not lead to more.
 */
export function refuseOver({ attributes }: IncomingMessage, limits: SubmitLimits): void {
  const chain = parseChain(attributes[REQUEST_ATTRIBUTES.chain]);
  if (chain === undefined || attributes[REQUEST_ATTRIBUTES.stage] !== undefined) return;
  if (chain.left < 0) throw tooMany(chain, limits);
  if (chain.hops > limits.submitHopsMax) throw tooLong(chain, limits);
}

interface Made {
  /** What made it, and a time before which it cannot have made anything: no message of its id is older. */
  readonly id: string;
  readonly since: number;
  readonly chain: Chain;
}

function messageOf(
  own: string,
  request: unknown,
  message: IncomingMessage,
  { id, since, chain }: Made,
): OutgoingMessage {
  const { body, group } = message;
  const sent = submittedRequest(['submitted', id], own, request, { since, chain, group });
  if (sent.body !== sameText(body)) return sent;
  throw new TooManySubmitsError(
    `the read submitted its own request again, as ${JSON.stringify(own)}, which would never end: to be read later, throw an error`,
  );
}

/** `by`: what made it, as a list of texts that says so once and for all. */
export function submittedRequest(
  by: readonly string[],
  own: string,
  body: unknown,
  { since, chain, group = '' }: Pick<Made, 'since' | 'chain'> & { readonly group?: string },
): OutgoingMessage {
  // The hash alone tells it from all others: of "a/b" and "c", and "a" and "b/c", both texts would be one.
  const id = `${hashOf(...by, own).slice(0, 24)}/${own}`;
  const sent = outgoingRequest({ id, body, ...(group === '' ? {} : { tenant: group }) });
  const { since: sinceName, chain: chainName } = REQUEST_ATTRIBUTES;
  const attributes = { ...sent.attributes, [sinceName]: String(since), [chainName]: chainText(chain) };
  return { ...sent, attributes };
}

/** As it would be if a read had submitted it. */
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
    `requests submitted each other ${hops} times, ${submitHopsMax} are the most (limits.submitHopsMax); they began with ${JSON.stringify(root)}`,
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
