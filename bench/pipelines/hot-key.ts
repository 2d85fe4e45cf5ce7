/**
 * Two pipelines of one key that merge: plain sums, and a sketch that estimates the number of visitors, which
 * computes longer.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { definePipeline } from '../../functions/pipeline.ts';

export interface Hit {
  readonly path: string;
  readonly visitor: string;
  readonly status: number;
  readonly bytes: number;
}

export function hit(n: number): Hit {
  return {
    path: `/page-${n % 50}`,
    visitor: `v${n * 7919}`,
    status: n % 20 === 0 ? 404 : 200,
    bytes: 500 + (n % 1_000),
  };
}

const common = {
  request: v.object({ from: v.number(), count: v.number() }),
  read: ({ from, count }: { from: number; count: number }) =>
    Array.from({ length: count }, (_, n) => hit(from + n)),
  key: () => 'hot',
};

export const tallying = definePipeline({
  ...common,
  name: 'hot-sums',
  initial: () => ({ hits: 0, bytes: 0, most: 0, failed: 0 }),
  compute: (state, { bytes, status }: Hit) => ({
    hits: state.hits + 1,
    bytes: state.bytes + bytes,
    most: Math.max(state.most, bytes),
    failed: state.failed + Number(status >= 400),
  }),
  merge: (a, b) => ({
    hits: a.hits + b.hits,
    bytes: a.bytes + b.bytes,
    most: Math.max(a.most, b.most),
    failed: a.failed + b.failed,
  }),
});

/** HyperLogLog with 256 registers: each keeps the longest run of zeros in the hashes of its visitors. */
const REGISTERS = 256;

export const sketching = definePipeline({
  ...common,
  name: 'hot-sketch',
  initial: () => ({ hits: 0, longest: Array.from({ length: REGISTERS }, () => 0) }),
  compute: (state, { visitor }: Hit) => {
    const hash = createHash('sha256').update(visitor).digest();
    const register = hash.readUInt8(0);
    state.hits += 1;
    state.longest[register] = Math.max(state.longest[register] ?? 0, Math.clz32(hash.readUInt32BE(1)) + 1);
    return state;
  },
  merge: (a, b) => ({
    hits: a.hits + b.hits,
    longest: a.longest.map((one, register) => Math.max(one, b.longest[register] ?? 0)),
  }),
});
