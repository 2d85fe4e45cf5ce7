/** Planted bugs. Wakes: those that a key waits for, their schedules, and their effects. */
import type { Mutant } from './mutant.ts';

const WAKES = 'functions/compute/wakes.ts';
const TURN = 'functions/compute/wake-turn.ts';
const CHANGES = 'functions/compute/wake-changes.ts';
const APPLY = 'functions/compute/apply.ts';
const FORGET = 'functions/compute/forget.ts';
const ATTRIBUTES = 'functions/aws/json-attributes.ts';
const MESSAGE = 'functions/compute/apply-message.ts';
const WORDS = 'functions/compute/operator-words.ts';

export const wakes: readonly Mutant[] = [
  {
    name: 'wake that came is waited for',
    why: 'what a schedule sends twice has two effects',
    file: WAKES,
    find: 'return wakes?.filter((other) => other !== wake);',
    replace: 'return wakes;',
  },
  {
    name: 'wake before its time',
    why: 'a wake that was put off comes with its old schedule',
    file: WAKES,
    find: 'return at > Math.max(sentAt, wakeIn(message).at);',
    replace: 'return at < 0;',
  },
  {
    name: 'put off and not scheduled',
    why: 'a wake that was put off never comes',
    file: TURN,
    find: 'if (early) putOff(draft, wake, maker);',
    replace: 'if (early) draft.changed = true;',
  },
  {
    name: 'wake put off in vain',
    why: 'a wake comes at the time that was asked for first',
    file: WAKES,
    find: 'return isOnItsWay ? { ...known, at }',
    replace: 'return isOnItsWay ? known',
  },
  {
    name: 'cancelled wake stays',
    why: 'a wake comes though it was taken back',
    file: APPLY,
    find: 'asked.push({ tag: checkTag(tag), at: undefined });',
    replace: 'checkTag(tag);',
  },
  {
    name: 'forgotten key keeps its wakes',
    why: 'a wake of what was forgotten begins the key anew',
    file: FORGET,
    find: 'draft.wakes = draft.wakes && [];',
    replace: '',
  },
  {
    name: 'wakes not read from the table',
    why: 'an environment that reads the key drops what it waits for',
    file: ATTRIBUTES,
    find: '{ wakes: listOf(text, decodeWake) }',
    replace: '{ wakes: [] }',
  },
  {
    name: 'one schedule for each commit',
    why: 'of two wakes of one commit the second is never scheduled',
    file: CHANGES,
    find: 'set: now.filter(({ id }) => !isIn(earlier, id))',
    replace: 'set: now.filter(({ id }) => !isIn(earlier, id)).slice(0, 1)',
  },
  {
    name: 'what a wake asks for is dropped',
    why: 'windows end after the first',
    file: APPLY,
    find: 'askFor(before, asked, maker, chain)',
    replace: 'askFor(before, wake === undefined ? asked : [], maker, chain)',
  },
  {
    name: 'wake set aside is waited for no more',
    why: 'a wake over which the pipeline threw never comes, however often it is redriven',
    file: MESSAGE,
    find: '    spend(draft, arrival);',
    replace: '    draft.wakes = draft.wakes?.filter(({ id }) => id !== arrival.message.request);',
  },
  {
    name: 'wake that was skipped is waited for no more',
    why: 'a wake on which its key stopped never comes after it was skipped and the code was fixed',
    file: WORDS,
    find: '  spend(draft, culprit);',
    replace: '  draft.wakes = draft.wakes?.filter(({ id }) => id !== culprit.message.request);',
  },
  {
    name: 'lost schedule not asked for again',
    why: 'a key that was put back to a backup waits for ever for wakes whose schedules are gone',
    file: WAKES,
    find: 'if (wake.spent === undefined && wake.from + WAKE_OVERDUE_MS < maker.now) putOff(draft, wake, maker);',
    replace: 'if (wake.from === 0) putOff(draft, wake, maker);',
  },
  {
    name: 'asked for anew beside the old one',
    why: 'a wake comes at each time that was ever asked for',
    file: WAKES,
    find: 'next = next.filter((wake) => wake !== known);',
    replace: '',
  },
];
