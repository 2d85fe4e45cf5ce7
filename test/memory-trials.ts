/** Trial marks in memory, with the number of writes of each. */
import type { Trial, TrialStore } from '../functions/compute/trial.ts';

export interface MemoryTrials extends TrialStore {
  readonly marks: Map<string, Trial>;
  /** Every change, in order: undefined where a mark was taken away. */
  readonly noted: (Trial | undefined)[];
}

export function createMemoryTrials(): MemoryTrials {
  const marks = new Map<string, Trial>();
  const noted: (Trial | undefined)[] = [];
  return {
    marks,
    noted,
    load: async (key) => marks.get(key),
    async note(key, trial) {
      noted.push(trial);
      marks.set(key, trial);
    },
    async clear(key) {
      noted.push(undefined);
      marks.delete(key);
    },
  };
}
