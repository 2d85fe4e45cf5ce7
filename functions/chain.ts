/**
 * How a request came to be, where another one led to it. It travels with the request as an attribute, with its readings
 * (readings.ts), with the outputs that they emit (state.ts), and with the requests that `write` makes of those.
 *
 * Two bounds keep a mistake from filling the queue for ever, without anything that is counted in common: how many made each
 * other, and how many there may still be below. The second is shared out evenly to those that follow.
 */
import type { Limits } from './limits.ts';

export interface Chain {
  /** The id of what began it: a request that somebody sent, or an output of one. */
  readonly root: string;
  /** How many requests made each other, until this one: 0 for the first. */
  readonly hops: number;
  /** How many may still be made, by it and those that it makes. -1: it is itself one too many. */
  readonly left: number;
}

export type SubmitLimits = Pick<Limits, 'submitHopsMax' | 'submitsPerRequestMax'>;

/** What nobody submitted: a request that somebody sent, or an output that follows from one. */
export function newChain(root: string, { submitsPerRequestMax }: SubmitLimits): Chain {
  return { root, hops: 0, left: submitsPerRequestMax };
}

/** Undefined for what was not written here. */
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

/** Of what follows, in so many parts, without being a request itself. */
export function shareOf(chain: Chain, parts: number): Chain {
  return { ...chain, left: Math.floor(Math.max(0, chain.left) / Math.max(1, parts)) };
}

/** Of each of the requests that are made at once: what they leave is shared out among them. */
export function nextHop({ root, hops, left }: Chain, made: number): Chain {
  return { root, hops: hops + 1, left: Math.max(0, Math.floor((left - made) / made)) };
}
