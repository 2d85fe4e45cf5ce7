import type { Committed, Observation } from '../../../functions/ports.ts';

/** A commit of a key as compute observes it: nothing was applied, but for what is given. */
export function commitOf(key: string, committed: Partial<Committed>): Observation {
  return {
    kind: 'commit',
    key,
    version: 1,
    start: 0,
    end: 1,
    outcome: 'committed',
    committed: {
      requests: [],
      applied: 0,
      skipped: 0,
      dead: 0,
      parked: 0,
      numbersFell: 0,
      outputs: 0,
      stateBytes: 1,
      setAside: { reasons: [], requests: [] },
      stopped: undefined,
      ...committed,
    },
  };
}
