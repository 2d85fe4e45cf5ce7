/** Planted bugs. Stopped keys and operators' words. */
import type { Mutant } from './mutant.ts';

const APPLY = 'functions/compute/apply-message.ts';
const FOLD = 'functions/compute/fold.ts';
const WORDS = 'functions/compute/operator-words.ts';
const PROGRESS = 'functions/compute/progress.ts';
const ORDERING = 'functions/compute/ordering.ts';
const VERDICT = 'functions/compute/verdict.ts';

export const stops: readonly Mutant[] = [
  {
    name: 'stopped key goes on',
    why: 'readings behind the one that threw are applied without it',
    file: VERDICT,
    find: "if (turn === 'apply' && draft.stopped === undefined) return 'apply';",
    replace:
      "if (turn === 'apply' && (draft.stopped === undefined || arrival.from === 'queue')) return 'apply';",
  },
  {
    name: 'reading lost at the stop',
    why: 'the message at which a key stopped is acknowledged unparked',
    file: FOLD,
    find: "if (ending === 'stopped') return park(pass, arrival);",
    replace: "if (ending === 'stopped' && arrival.from === 'table') return true;",
  },
  {
    name: 'stop before the reading at fault',
    why: 'the operator is shown, and skips, a sound reading',
    file: APPLY,
    find: 'draft.stopped = { receipt, index, reason: reasonOf(error) };',
    replace: 'draft.stopped = { receipt, index: Math.max(0, index - 1), reason: reasonOf(error) };',
  },
  {
    name: 'resume for one lot only',
    why: 'later readings overtake what is parked beyond the first lot',
    file: ORDERING,
    find: 'isRunnable: isFree,',
    replace: 'isRunnable: () => false,',
  },
  {
    name: 'no receipt for the parked',
    why: 'a repeat of what was parked once counts twice',
    file: PROGRESS,
    find: '(message.index === undefined || applied)) addReceipt',
    replace: "(message.index === undefined || applied) && arrival.from === 'queue') addReceipt",
  },
  {
    name: 'skipped and nowhere',
    why: 'a reading that an operator skips is lost',
    file: WORDS,
    find: 'addDead(draft, deadReading(culprit, stopped.index, stopped.reason), culprit.message.partial?.count ?? 1);',
    replace: '',
  },
  {
    name: 'skip takes the message along',
    why: 'sound readings behind the skipped one are never applied',
    file: WORDS,
    find: 'notePartly(draft, culprit, stopped.index + 1);',
    replace: 'notePartly(draft, culprit, culprit.message.readings.length);',
  },
  {
    name: 'word for any stop',
    why: 'a late or repeated skip takes a reading that nobody has looked at',
    file: WORDS,
    find: 'return stopped?.receipt === stop?.receipt && stopped?.index === stop?.index ? stopped : undefined;',
    replace: 'return stopped;',
  },
  {
    name: 'stopped key skips by itself',
    why: 'a second word is taken for the operator having seen the reading',
    file: WORDS,
    find: "word.message.kind === 'skip' ? stoppedAt(pass, word) : undefined;",
    replace: 'stoppedAt(pass, word);',
  },
];
