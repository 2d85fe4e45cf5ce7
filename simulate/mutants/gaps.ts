/** Planted bugs. Request order: the first place of a key, places that stay empty, gaps that time out. */
import type { Mutant } from './mutant.ts';

const GAP = 'functions/compute/gap.ts';
const ORDERING = 'functions/compute/ordering.ts';
const CHANGES = 'functions/compute/wake-changes.ts';

export const gaps: readonly Mutant[] = [
  {
    name: 'gap over before its time',
    why: 'the timer of an earlier gap passes the next one over at once',
    file: GAP,
    find: 'if (waiting?.until === undefined || waiting.until > now) return;',
    replace: 'if (waiting?.until === undefined) return;',
  },
  {
    name: 'wait not begun anew',
    why: 'a gap has only what is left of the time of the one before it',
    file: GAP,
    find: 'const since = waiting !== undefined && isAt(waiting, next) ? waiting.since : sentAt;',
    replace: 'const since = waiting?.since ?? sentAt;',
  },
  {
    name: 'timer that came is waited for',
    why: 'the second gap of a key is never passed over',
    file: GAP,
    find: 'draft.gapTimer = undefined;',
    replace: '',
  },
  {
    name: 'first behind a gap passed over',
    why: 'what had waited for its turn is set aside as late',
    file: GAP,
    find: 'sequence > next.sequence ? { sequence, chunk: 0 } : { sequence, chunk };',
    replace: 'sequence > next.sequence ? { sequence: sequence + 1, chunk: 0 } : { sequence, chunk };',
  },
  {
    name: 'timer not scheduled',
    why: 'a key that is sent nothing more waits for ever',
    file: CHANGES,
    find: 'return gapTimer === undefined ? wakes : [...wakes, { ...gapTimer, tag: TIMER_TAG }];',
    replace: 'return gapTimer === undefined ? wakes : [...wakes];',
  },
  {
    name: 'a request jumps over what it follows',
    why: 'a request behind a hole is applied before the one that it follows',
    file: ORDERING,
    find: "if (sequence > next.sequence && (follows >= next.sequence || next.chunk > 0)) return 'park';",
    replace: "if (sequence > next.sequence && (follows > next.sequence || next.chunk > 0)) return 'park';",
  },
];
