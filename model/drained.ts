/** Decides from the counts of the two queues whether everything that was read is computed. */
interface Counts {
  readonly inFlight: number;
}

export interface DrainedQueues {
  readonly requests: Counts;
  readonly readings: Counts & { readonly visible: number; readonly delayed: number };
}

/** How many looks in a row must find the queues quiet, because SQS's counts are approximate. */
export const QUIET_LOOKS = 3;

/** Requests in flight count, because they may still send readings. Waiting requests do not count, because reads are paused. */
export function isQuiet({ requests, readings }: DrainedQueues): boolean {
  return requests.inFlight + readings.visible + readings.inFlight + readings.delayed === 0;
}
