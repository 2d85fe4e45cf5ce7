/**
 * The chain of a submitted request: where it began, and how far it may go. It is an attribute of the request, and it is passed
 * on to the request's readings (readings.ts), to the outputs that they emit (state.ts), and to the requests that `write` makes.
 *
 * Two limits stop requests that submit each other for ever, without a shared counter: the length of the chain, and the number
 * of requests that may still follow. The second is divided evenly among the requests that follow.
 */
import type { Limits } from './limits.ts';

export interface Chain {
  /** The id of the request or output with which the chain began. */
  readonly root: string;
  /** The number of submits from the root to this request; 0 for the root. */
  readonly hops: number;
  /** The number of requests that may still follow from this one. -1: this request is one too many. */
  readonly left: number;
}

export type SubmitLimits = Pick<Limits, 'submitHopsMax' | 'submitsPerRequestMax'>;

/** The chain of a request that was sent from outside, or of an output without a chain. */
export function newChain(root: string, { submitsPerRequestMax }: SubmitLimits): Chain {
  return { root, hops: 0, left: submitsPerRequestMax };
}

/** Undefined if chainText did not write the text. */
export function parseChain(text: string | undefined): Chain | undefined {
  const [, hops, left, root] = CHAIN.exec(text ?? '') ?? [];
  if (hops === undefined || left === undefined || root === undefined) return undefined;
  return { root, hops: Number(hops), left: left === OVER ? -1 : Number(left) };
}

const OVER = 'over';
const CHAIN = /^(\d{1,6})\/(\d{1,9}|over)\/(.+)$/s;

export function chainText({ root, hops, left }: Chain): string {
  return `${hops}/${left < 0 ? OVER : left}/${root}`;
}

/** The chain of each of `parts` readings, outputs or wakes. They are not requests, so `hops` stays. */
export function shareOf(chain: Chain, parts: number): Chain {
  return { ...chain, left: Math.floor(Math.max(0, chain.left) / Math.max(1, parts)) };
}

/** The chain of each of `made` requests. They share the number that is left after them. */
export function nextHop({ root, hops, left }: Chain, made: number): Chain {
  return { root, hops: hops + 1, left: Math.max(0, Math.floor((left - made) / made)) };
}
