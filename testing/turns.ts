/**
 * The places of recorded requests in the orders of their keys, counted again from 1, as `weir replay` does: a
 * recording may begin anywhere, and the requests before it would never come.
 */
import { refuse } from './options.ts';
import type { RecordedRequest } from './recorded-request.ts';

export function takeTurns(requests: readonly RecordedRequest[]): RecordedRequest[] {
  const byKey = Map.groupBy(requests, ({ turn }) => turn?.key);
  byKey.delete(undefined);
  const places = new Map<RecordedRequest, number>();
  for (const [key, ofKey] of byKey) {
    const sorted = ofKey.toSorted((a, b) => sequenceOf(a) - sequenceOf(b));
    sorted.forEach((request, index) => {
      const before = sorted[index - 1];
      if (before !== undefined && sequenceOf(before) === sequenceOf(request)) {
        refuse(
          `requests ${before.n} and ${request.n} both have sequence ${sequenceOf(request)} of key ${JSON.stringify(key)}; ` +
            'give each its own sequence',
        );
      }
      places.set(request, index + 1);
    });
  }
  return requests.map((request) => {
    const sequence = places.get(request);
    return request.turn === undefined || sequence === undefined
      ? request
      : { ...request, turn: { ...request.turn, sequence } };
  });
}

function sequenceOf({ n, turn }: RecordedRequest): number {
  const sequence = turn?.sequence ?? 0;
  if (!Number.isSafeInteger(sequence)) {
    refuse(`the sequence of request ${n} is ${sequence}; it must be 1, 2, 3 ... for each key`);
  }
  return sequence;
}

/** The readings in the order of the plain fold: that of the requests. */
export function inOrder(requests: readonly RecordedRequest[]): RecordedRequest[] {
  return requests.toSorted((a, b) => (a.turn?.sequence ?? 0) - (b.turn?.sequence ?? 0) || a.n - b.n);
}
