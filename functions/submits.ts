/**
 * Requests that a read makes. They are sent when the read has succeeded, before its own request is acknowledged, and their ids
 * follow from its id: read again, a request makes the same ones, and receipts drop what came twice.
 *
 * Two bounds keep a mistake from filling the queue for ever, without anything that is counted in common. A request knows how many
 * made each other before it, and how many there may still be below it: it shares the rest out evenly to those that it makes.
 */
import { PermanentError } from './errors.ts';
import type { IncomingMessage } from './incoming-message.ts';
import { encodeJson, parseJson } from './json.ts';
import type { Limits } from './limits.ts';
import { hashOf } from './message-ids.ts';
import { outgoingRequest } from './outgoing-request.ts';
import type { Submit } from './pipeline.ts';
import type { OutgoingMessage } from './ports.ts';
import { REQUEST_ATTRIBUTES } from './requests.ts';

/** Where single requests are read for their readings, and what they would submit has nowhere to go. */
export const NO_SUBMIT: Submit = () => {
  throw new PermanentError(
    'its read submits another request, which is not followed here: run the pipeline with "weir run", or give the readings themselves',
  );
};

/** A read made more requests, or in a longer chain, than its pipeline allows. */
export class TooManySubmitsError extends PermanentError {}

interface Chain {
  /** The id of the request that somebody sent. */
  readonly root: string;
  /** How many made each other, until this one: 0 for the first. */
  readonly hops: number;
  /** How many may still be made, by it and those that it makes. */
  readonly left: number;
}

type SubmitLimits = Pick<Limits, 'submitHopsMax' | 'submitsPerRequestMax'>;

export interface Submits {
  readonly submit: Submit;
  /** The messages to send; nothing can be submitted after it. */
  close(): OutgoingMessage[];
}

const ID_LENGTH_MAX = 400;

/** For the read of one request. */
export function collectSubmits(message: IncomingMessage, id: string, limits: SubmitLimits): Submits {
  const chain = chainOf(message, id, limits);
  const made = new Map<string, unknown>();
  let closed = false;
  return {
    submit(request, options) {
      if (closed)
        throw new PermanentError('submit was called after the read was over: await what it follows from');
      const own = checkOwnId(options);
      if (made.has(own)) {
        throw new PermanentError(
          'the read submitted two requests of one id: give each an id of its own, the same on every attempt',
        );
      }
      if (chain.hops >= limits.submitHopsMax) throw tooLong(chain, limits);
      if (made.size >= chain.left) throw tooMany(chain, limits);
      made.set(own, request);
    },
    close() {
      closed = true;
      if (made.size === 0) return [];
      const left = Math.floor((chain.left - made.size) / made.size);
      const next: Chain = { root: chain.root, hops: chain.hops + 1, left };
      return [...made].map(([own, request]) => messageOf(own, request, message, id, next));
    },
  };
}

function messageOf(
  own: string,
  request: unknown,
  message: IncomingMessage,
  parent: string,
  chain: Chain,
): OutgoingMessage {
  const { body, group } = message;
  // The hash alone tells it from all others: of "a/b" and "c", and "a" and "b/c", both texts would be one.
  const id = `${hashOf('submitted', parent, own).slice(0, 24)}/${own}`;
  const sent = outgoingRequest({ id, body: request, ...(group === '' ? {} : { tenant: group }) });
  if (sent.body === sameText(body)) {
    throw new TooManySubmitsError(
      `the read submitted its own request again, as ${JSON.stringify(own)}, which would never end: to be read later, throw an error`,
    );
  }
  return { ...sent, attributes: { ...sent.attributes, [REQUEST_ATTRIBUTES.chain]: textOf(chain) } };
}

/** As it would be if a read had submitted it. */
function sameText(body: string): string {
  return encodeJson(parseJson(body, 'request', 'rounded'), 'the body');
}

function checkOwnId(options: unknown): string {
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

function tooMany({ root }: Chain, { submitsPerRequestMax }: SubmitLimits): TooManySubmitsError {
  return new TooManySubmitsError(
    `more requests were submitted than one request may lead to, ${submitsPerRequestMax} (limits.submitsPerRequestMax, shared out evenly); ` +
      `they began with ${JSON.stringify(root)}`,
  );
}

/** What cannot be read was not written here: a request that somebody sent. */
function chainOf({ attributes }: IncomingMessage, id: string, { submitsPerRequestMax }: SubmitLimits): Chain {
  const [, hops, left, root] =
    /^(\d{1,6})\/(\d{1,9})\/(.+)$/s.exec(attributes[REQUEST_ATTRIBUTES.chain] ?? '') ?? [];
  if (hops === undefined || left === undefined || root === undefined) {
    return { root: id, hops: 0, left: submitsPerRequestMax };
  }
  return { root, hops: Number(hops), left: Number(left) };
}

function textOf({ hops, left, root }: Chain): string {
  return `${hops}/${left}/${root}`;
}
