/**
 * Simulates the pipeline with discrete events: requests arrive, wait for a reader, are read and sent, wait for their key,
 * are computed, committed and written. The same seed gives the same run. The run is limited, so that a queue that only
 * grows ends it; the outcome then has unfinished messages.
 */
import { assemble } from './assemble.ts';
import type { Model, Outcome } from './model.ts';

export interface SimulateWatch {
  onProgress?(arrived: number, committed: number, reading: number, computing: number): void;
  readonly signal?: AbortSignal;
}

const EVENTS_MAX = 50_000_000;
/** After this number of events the event loop gets a turn, for the progress bar and for Ctrl-C. */
const EVENTS_PER_TURN = 20_000;

export async function simulate(model: Model, watch: SimulateWatch = {}): Promise<Outcome> {
  const run = assemble(model);
  const { events } = run;
  for (;;) {
    let going = true;
    const turnEnd = events.count + EVENTS_PER_TURN;
    while (going && events.count < turnEnd) going = !run.finished() && events.step(model.endAtMs);
    watch.onProgress?.(run.arrived(), run.committed(), run.reading(), run.computing());
    if (!going || events.count >= EVENTS_MAX || watch.signal?.aborted === true) return run.outcome();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
