/** Closed sources that reveal faults of the reader. */
import type { Check } from './check.ts';
import { type Closing, runClosed } from './closed-course.ts';
import { DAY_MS } from './draw-closed.ts';

const HOUR_MS = 3_600_000;

const closings: readonly Closing[] = [
  { closedMs: 1.5 * DAY_MS, says: 'a year', refuses: '503', requests: 10 },
  // Its queue would drop them although they were received only a few times.
  { closedMs: 15 * DAY_MS, says: 'a year', refuses: 'response', requests: 3 },
  { closedMs: HOUR_MS / 2, says: 'garbage', refuses: '429', requests: 12 },
  { closedMs: HOUR_MS / 2, says: 'a negative time', refuses: '503', requests: 12 },
  { closedMs: HOUR_MS / 2, says: 'a date in the past', refuses: 'response', requests: 12 },
  { closedMs: 3 * HOUR_MS, says: 'a date', refuses: '503', requests: 12 },
  { closedMs: 3 * HOUR_MS, says: 'too little', refuses: 'BusyError', requests: 12 },
  // Received more often than SQS counts. It is last, because a reader whose pause does not grow asks it half a million times.
  { closedMs: 5 * DAY_MS, says: 'nothing', refuses: '429', requests: 3 },
];

const quiet = { sentMs: 1_000, deaths: 0.002, stills: 0.002, tableFails: 0, itemLost: undefined };

export const closedChecks: readonly Check[] = closings.map((closing) => async ({ seed, count }, must) => {
  const { problems } = await runClosed({ seed, ...quiet, ...closing }, count);
  for (const problem of problems) must(false, problem);
});
