/** Planted bugs. Shadows: their reports, and that they do not affect commits. */
import type { Mutant } from './mutant.ts';

const COMPARE = 'functions/compute/shadow/compare-commit.ts';
const SHADOW = 'functions/compute/shadow/shadow.ts';
const ITEM = 'functions/compute/shadow/shadow-item.ts';
const STORE = 'functions/aws/dynamo-state-store.ts';

export const shadows: readonly Mutant[] = [
  {
    name: 'shadow goes on from its own state',
    why: 'after one difference every later reading is told as one',
    file: COMPARE,
    find: 'state = own;',
    replace: 'state = theirs.effect.state;',
  },
  {
    name: 'what the shadow missed counts as compared',
    why: 'a key is called equal, and readings that differ were never looked at',
    file: ITEM,
    find: 'const missed = known.missed + job.version - 1 - known.version;',
    replace: 'const missed = known.missed;',
  },
  {
    name: 'shadow answers belong to the next commit',
    why: 'a difference is told of a reading that has none',
    file: SHADOW,
    find: 'const job = work[index];',
    replace: 'const job = work[index + 1];',
  },
  {
    name: 'shadow names the reading before',
    why: 'a difference is told of a reading that has none',
    file: COMPARE,
    find: 'return { request, chunk, of, index: message?.index ?? index };',
    replace: 'return { request, chunk, of, index: (message?.index ?? index) - 1 };',
  },
  {
    name: 'shadow compares every second reading',
    why: 'a key is called equal, and half of its readings were never looked at',
    file: COMPARE,
    find: 'if (isSameEffect(ours, theirs)) return;',
    replace: 'if (sum.readings % 2 === 0 || isSameEffect(ours, theirs)) return;',
  },
  {
    name: 'shadow fails the commit that it is told of',
    why: 'messages come back though their commit was made',
    file: SHADOW,
    find: 'const job = jobOf(input, readings, next);',
    replace: "const job = jobOf(input, readings, next); if (next.version > 1) throw new Error('planted');",
  },
  {
    name: 'shadow outlives a forget',
    why: 'values of a state that was forgotten stay in the table',
    file: STORE,
    find: '...(isForget(commit) ? [SHADOW_SORT_KEY] : []),',
    replace: '',
  },
  {
    name: 'shadow that tells of a state begins an item',
    why: 'a late write brings values back that were forgotten',
    file: SHADOW,
    find: 'if (known !== undefined || first === undefined || isBare)',
    replace: 'if (known !== undefined || first !== undefined || isBare)',
  },
];
