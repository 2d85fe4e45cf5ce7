/** Planted bugs. What a compute that never ends may cost its neighbours. */
import type { Mutant } from './mutant.ts';

const COMPUTE = 'functions/compute/compute.ts';

export const isolation: readonly Mutant[] = [
  {
    ...{
      name: 'nothing tried apart',
      why: 'a reading that loops takes its batch along until all are dead-lettered',
    },
    file: COMPUTE,
    find: 'failed.push(await computeGroup(group, stopAt, apartUntil, ports));',
    replace: 'failed.push(await computeGroup(group, stopAt, undefined, ports));',
  },
];
