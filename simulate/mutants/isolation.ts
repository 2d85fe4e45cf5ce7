/** Planted bugs. The cost to neighbours of a compute that never ends or ends its process. */
import type { Mutant } from './mutant.ts';

const PASS = 'functions/compute/pass.ts';
const COMPUTE = 'functions/compute/compute.ts';
const FOLD_APART = 'functions/compute/fold-apart.ts';
const TRIAL = 'functions/compute/trial.ts';
const TURNS = 'functions/compute/turns.ts';

export const isolation: readonly Mutant[] = [
  {
    name: 'nothing tried apart',
    why: 'a reading that loops takes its batch along until all are dead-lettered',
    file: COMPUTE,
    find: 'failed.push(await computeGroup(group, stopAt, { until, trial }, ports));',
    replace: 'failed.push(await computeGroup(group, stopAt, undefined, ports));',
  },
  {
    name: 'the deadly not after the others',
    why: 'who stands behind ones that take the function along never has a turn',
    file: TURNS,
    find: 'const deadly = suspects.filter(({ trial }) => (trial?.deaths ?? 0) > 0);',
    replace:
      'for (const each of suspects) if ((each.trial?.deaths ?? 0) > 0) Object.assign(each, { trial: undefined });\n' +
      '  const deadly = suspects.filter(({ trial }) => (trial?.deaths ?? 0) > 0);',
  },
  {
    name: 'culprit not condemned after a death',
    why: 'a reading that ends its process is tried for ever, and its key stands still',
    file: FOLD_APART,
    find: 'if (culprit === undefined || condemned.has(culprit))',
    replace: "if (culprit === undefined || 'died' in ending || condemned.has(culprit))",
  },
  {
    name: 'initial ends its process unnamed',
    why: 'an initial that ends its process is called for ever, and its key stands still',
    file: PASS,
    find: 'before?.(isKept ? MIGRATE : INITIAL, 0);',
    replace: 'if (isKept) before?.(MIGRATE, 0);',
  },
  {
    name: 'initial called for nothing',
    why: 'a key whose initial never comes back is never done with mere repeats',
    file: TRIAL,
    find: 'if (places.every((each) => each === INITIAL_PLACE))',
    replace: 'if (places.length > 1_000_000)',
  },
  {
    name: 'no mark of a trial',
    why: 'a reading that takes the function along is never set aside by name, and its neighbours pay for it',
    file: TRIAL,
    find: 'await trials.note(key, ifTheFunctionEnds(before, place, until, arrivals.at(-1)?.receipt), sentAt);',
    replace: 'void [trials, ifTheFunctionEnds(before, place, until), sentAt];',
  },
  {
    name: 'mark left behind',
    why: 'trials that ended well count as deaths, and a sound reading is condemned',
    file: TRIAL,
    find: '  await settle(false);\n',
    replace: '',
  },
];
