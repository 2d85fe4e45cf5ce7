/** An environment's observations of a source that it has not shared yet. */
import type { Report } from './shared-source.ts';

export const NOTHING: Report = {
  done: 0,
  doneMs: 0,
  doneStart: 0,
  refused: 0,
  refusedStart: 0,
  refusedMs: 0,
  timedOut: 0,
};

/** One more read came back. `letIn` is epoch ms. */
export function withDone(report: Report, letIn: number, tookMs: number): Report {
  const { done, doneMs, doneStart } = report;
  return { ...report, done: done + 1, doneMs: doneMs + tookMs, doneStart: Math.max(doneStart, letIn) };
}

/** One more was refused, for so long as the source said; 0: it said nothing. */
export function withRefused(report: Report, letIn: number, waitMs: number): Report {
  const { refused, refusedStart, refusedMs } = report;
  return {
    ...report,
    refused: refused + 1,
    refusedStart: Math.max(refusedStart, letIn),
    refusedMs: Math.max(refusedMs, waitMs),
  };
}
