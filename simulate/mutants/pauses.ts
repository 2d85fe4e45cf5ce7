/** Planted bugs. Paused parts, and the test for rest. */
import type { Mutant } from './mutant.ts';

export const pauses: readonly Mutant[] = [
  {
    name: 'drained over reads in work',
    why: 'an operator is told that all is at rest, and readings come behind it',
    file: 'model/drained.ts',
    find: 'return requests.inFlight + readings.visible',
    replace: 'return readings.visible',
  },
];
