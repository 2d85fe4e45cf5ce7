/** When what was read is computed, by the counts of the two queues. */
interface Counts {
  readonly inFlight: number;
}

export interface DrainedQueues {
  readonly requests: Counts;
  readonly readings: Counts & { readonly visible: number; readonly delayed: number };
}

/** SQS counts approximately: it has to say the same so many times, one after the other. */
export const QUIET_LOOKS = 3;

/** What is in work may send readings yet. Requests that wait do not count: reads are paused. */
export function isQuiet({ requests, readings }: DrainedQueues): boolean {
  return requests.inFlight + readings.visible + readings.inFlight + readings.delayed === 0;
}
