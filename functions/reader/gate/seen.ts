/** What an environment has observed of a source and not reported yet. */
import type { Report } from './shared-source.ts';

export const NOTHING: Report = {
  done: 0,
  doneMs: 0,
  doneStart: 0,
  refused: 0,
  refusedStart: 0,
  refusedMs: 0,
  timedOut: 0,
  late: 0,
  lateMs: 0,
};

/** The report with one more successful read. `letIn` is epoch ms. */
export function withDone(report: Report, letIn: number, tookMs: number): Report {
  const { done, doneMs, doneStart } = report;
  return { ...report, done: done + 1, doneMs: doneMs + tookMs, doneStart: Math.max(doneStart, letIn) };
}

/** The report with one more refused read. `waitMs` is how long the source refuses, 0 if it did not say. */
export function withRefused(report: Report, letIn: number, waitMs: number): Report {
  const { refused, refusedStart, refusedMs } = report;
  return {
    ...report,
    refused: refused + 1,
    refusedStart: Math.max(refusedStart, letIn),
    refusedMs: Math.max(refusedMs, waitMs),
  };
}
