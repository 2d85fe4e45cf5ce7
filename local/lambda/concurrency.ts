/**
 * How many batches a queue's mapping may have in work: Lambda starts with five and, while all are in use, adds 300 a
 * minute up to the mapping's maximum. It does not say so of FIFO queues; here they are treated the same.
 * Where Lambda would add machines, here one machine is shared: once its processors are busy, more environments would
 * only take turns, and each costs a start. Environments that wait leave the processors idle, and more are added.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export interface Concurrency {
  readonly limit: number;
  /**
   * To be called every GROWTH_EVERY_MS, with whether this machine's processors are all busy. Returns whether the
   * limit went up.
   */
  grow(inUse: number, machineBusy: boolean): boolean;
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
    grow(inUse, machineBusy) {
      if (inUse < limit || limit === max || machineBusy) return false;
      limit = Math.min(limit + GROWTH, max);
      return true;
    },
  };
}
