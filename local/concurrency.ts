/**
 * How many batches a queue's mapping may have in work: Lambda starts with five and, while all are in use, adds 300 a
 * minute up to the mapping's maximum. It does not say so of FIFO queues; here they are treated the same.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export interface Concurrency {
  readonly limit: number;
  /** To be called every GROWTH_EVERY_MS. Returns whether the limit went up. */
  grow(inUse: number): boolean;
}

const START = 5;
const GROWTH = 5;
export const GROWTH_EVERY_MS = 1000;

export function createConcurrency(max: number): Concurrency {
  let limit = Math.min(START, max);
  return {
    get limit() {
      return limit;
    },
    grow(inUse) {
      if (inUse < limit || limit === max) return false;
      limit = Math.min(limit + GROWTH, max);
      return true;
    },
  };
}
