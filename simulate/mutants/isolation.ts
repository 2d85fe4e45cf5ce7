/** Planted bugs. What a compute that never ends may cost its neighbours. */
import type { Mutant } from './mutant.ts';

const COMPUTE = 'functions/compute/compute.ts';
const FOLD_APART = 'functions/compute/fold-apart.ts';

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
  {
    ...{
      name: 'culprit not condemned after a death',
      why: 'a reading that ends its process is tried for ever, and its key stands still',
    },
    file: FOLD_APART,
    find: 'if (culprit === undefined || condemned.has(culprit))',
    replace: "if (culprit === undefined || 'died' in ending || condemned.has(culprit))",
  },
];
