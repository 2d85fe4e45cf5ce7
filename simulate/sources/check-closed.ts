/** Closed sources that reveal faults of the reader. Each problem is reported as text. */
import { type Closing, runClosed } from './closed-course.ts';
import { DAY_MS } from './draw-closed.ts';
import type { CountFault } from './fault-counts.ts';

const HOUR_MS = 3_600_000;

const closings: readonly Closing[] = [
  // Received more often than SQS counts.
  { closedMs: 5 * DAY_MS, says: 'nothing', refuses: '429', requests: 3 },
  { closedMs: 1.5 * DAY_MS, says: 'a year', refuses: '503', requests: 10 },
  // Its queue would drop them although they were received only a few times.
  { closedMs: 15 * DAY_MS, says: 'a year', refuses: 'response', requests: 3 },
  { closedMs: HOUR_MS / 2, says: 'garbage', refuses: '429', requests: 12 },
  { closedMs: HOUR_MS / 2, says: 'a negative time', refuses: '503', requests: 12 },
  { closedMs: HOUR_MS / 2, says: 'a date in the past', refuses: 'response', requests: 12 },
  { closedMs: 3 * HOUR_MS, says: 'a date', refuses: '503', requests: 12 },
  { closedMs: 3 * HOUR_MS, says: 'too little', refuses: 'BusyError', requests: 12 },
];

export async function checkClosed(seed: number, count: CountFault): Promise<string[]> {
  for (const closing of closings) {
    const { problems } = await runClosed({ seed, ...quiet, ...closing }, count);
    if (problems.length > 0) return [...problems];
  }
  return [];
}

const quiet = { sentMs: 1_000, deaths: 0.002, stills: 0.002, tableFails: 0, itemLost: undefined };
