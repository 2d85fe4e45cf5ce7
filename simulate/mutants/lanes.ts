/** Planted bugs. Requests of the backfill lane that leave it. */
import type { Mutant } from './mutant.ts';

const LANES = 'functions/reader/lanes.ts';

export const lanes: readonly Mutant[] = [
  {
    name: 'every batch is live',
    why: 'requests of the backfill are given back to a queue that does not have them',
    file: LANES,
    find: "? 'backfill' : 'live';",
    replace: "? 'live' : 'live';",
  },
  {
    name: 'a backfill acknowledged on the wrong queue',
    why: 'requests that the reader pulled come back, and are read again until they are set aside',
    file: LANES,
    find: '    requests,\n    deadLetters',
    replace: "    requests: queueOf('live').requests,\n    deadLetters",
  },
  {
    name: 'a backfill submits live',
    why: 'the second page of an old request delays live requests',
    file: LANES,
    find: 'createSender({ clock, random, outbox }',
    replace: "createSender({ clock, random, outbox: queueOf('live').outbox }",
  },
  {
    name: 'dead letters without a lane',
    why: 'a redrive brings an old request among the live ones',
    file: LANES,
    find: '[REQUEST_ATTRIBUTES.lane]: lane }',
    replace: '}',
  },
];
