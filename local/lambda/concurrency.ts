/**
 * How many batches a queue's mapping may have in work. Lambda starts with five and, while all of them are in
 * use, adds 300 a minute up to the mapping's maximum. AWS does not document this for FIFO queues; here they
 * behave the same. Lambda adds machines; here all environments share one. When its processors are busy, more
 * environments would only take turns, and each one costs a start. When environments wait, the processors are
 * idle, and more are added. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export interface Concurrency {
  readonly limit: number;
  /**
   * Call it every GROWTH_EVERY_MS. `machineBusy`: all processors of this machine are busy. Returns whether
   * the limit rose.
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
