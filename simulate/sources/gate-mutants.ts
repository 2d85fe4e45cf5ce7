/** Planted bugs in the gate: a check must find each. */
import type { SourcePatch } from '../campaign/patch-source.ts';

const SETTLE = 'functions/reader/gate/settle.ts';
const CLOSING = 'functions/reader/gate/closing.ts';
const AGREEMENT = 'functions/reader/gate/agreement.ts';
const ADAPT = 'functions/reader/gate/adapt.ts';
const REFUSED_RATE = 'functions/reader/gate/refused-rate.ts';
const CROWD = 'functions/reader/gate/crowd.ts';
const HEDGES = 'functions/reader/gate/hedges.ts';
const HEDGED = 'functions/reader/hedged-read.ts';
const LINE = 'functions/reader/gate/line.ts';
const REFUSAL = 'functions/reader/gate/refusal.ts';
const COME_BACK = 'functions/reader/come-back.ts';
const LIMITED = 'functions/reader/limited-read.ts';
const SEEN = 'functions/reader/gate/seen.ts';
const SHARE = 'functions/reader/gate/share.ts';
const TURNS = 'functions/reader/gate/turns.ts';
const ONE_SOURCE = 'functions/reader/gate/one-source.ts';

export interface SourceMutant extends SourcePatch {
  readonly name: string;
}

export const sourceMutants: readonly SourceMutant[] = [
  { name: 'a rate that spaces nothing', file: TURNS, find: 'free += gapMs;', replace: 'free += 0;' },
  {
    name: 'moments that are given out twice',
    file: TURNS,
    find: 'next: turns.length === 0 ? next : free',
    replace: 'next',
  },
  {
    name: "others' slots are not counted",
    file: SETTLE,
    find: 'reduce((sum, [slots]) => sum + slots, 0)',
    replace: 'reduce((sum, [slots]) => sum + slots * 0, 0)',
  },
  {
    name: 'slots of the dead are never free',
    file: SETTLE,
    find: 'name !== by && until > now && until < now + AHEAD_MS_MAX',
    replace: 'name !== by',
  },
  {
    name: 'reads wait for as long as it takes',
    file: TURNS,
    find: 'if (from > Math.min(latest, horizon)) break;',
    replace: '',
  },
  {
    name: 'a closing that nobody hears of',
    file: SETTLE,
    find: 'closedUntil: heard.closedUntil,',
    replace: 'closedUntil: before.closedUntil,',
  },
  {
    name: 'what the source says is not heard',
    file: SEEN,
    find: 'refusedMs: Math.max(refusedMs, waitMs),',
    replace: 'refusedMs,',
  },
  {
    name: 'the pause does not grow',
    file: CLOSING,
    find: 'PAUSE_MS * 2 ** refusals',
    replace: 'PAUSE_MS',
  },
  {
    name: 'a source that opened stays suspected',
    file: CLOSING,
    find: 'const refusals = opened ? 0 : inARow(before, served);',
    replace: 'const refusals = before.refusals;',
  },
  {
    name: 'a write that was refused counts as made',
    file: AGREEMENT,
    find: "if (current === 'swapped') return settled;",
    replace: 'return settled;',
  },
  {
    name: 'alone with all of the rate',
    file: AGREEMENT,
    find: '{ rate: rate / environments }',
    replace: '{ rate }',
  },
  {
    name: 'a lost item is never made again',
    file: AGREEMENT,
    find: 'before = current.version === 0 ? { ...before, version: 0 } : current;',
    replace: 'before = current.version === 0 ? before : current;',
  },
  {
    name: 'a limit that fell frees no slot',
    file: SETTLE,
    find: 'share : Math.min(share, held)',
    replace: 'share : held',
  },
  {
    name: 'the time alone follows the time in a crowd',
    file: CROWD,
    find: '? 0.3 : 0.001',
    replace: '? 0.3 : 0.1',
  },
  {
    name: 'a found rate that is never raised',
    file: ADAPT,
    find: 'Math.max(found.rate, Math.min(raised, most))',
    replace: 'found.rate',
  },
  {
    name: 'refusals that lower no rate',
    file: REFUSED_RATE,
    find: 'rate: next,',
    replace: 'rate,',
  },
  {
    name: 'nobody knows what a source has served before it refuses',
    file: REFUSED_RATE,
    find: 'const proven = provenRate(found, now);',
    replace: 'const proven = 0;',
  },
  {
    name: 'a limit that grows by slots of the dead',
    file: CROWD,
    find: '>= TRIED * found.limit * ageMs',
    replace: '>= 0',
  },
  {
    name: 'a crowd that is seen only at the end of its window',
    file: CROWD,
    find: 'recent.done >= RECENT_READS_MIN',
    replace: 'recent.done > RECENT_READS',
  },
  {
    name: 'second attempts without a bound',
    file: HEDGES,
    find: 'if (seen.saved < 1) return false;',
    replace: '',
  },
  {
    name: 'no read is slow enough for a second attempt',
    file: HEDGES,
    find: 'sorted[Math.floor(sorted.length * (1 - PART))]',
    replace: '2 * (sorted.at(-1) ?? 0)',
  },
  {
    name: 'a second attempt passes no gate',
    file: HEDGED,
    find: 'await gate.enter(source, PATIENCE_MS).catch(() => undefined)',
    replace: '{ end() {}, refuse: async () => ({ until: 0, othersToo: false }) }',
  },
  {
    name: 'reads whose moment is long over begin at once',
    file: LINE,
    find: 'if (clock.now() <= Math.min(until, from + LATE_MS)) {',
    replace: 'if (clock.now() >= from) {',
  },
  {
    name: 'a read may begin as late as a frozen environment shows',
    file: LINE,
    find: 'Math.min(until, from + LATE_MS)',
    replace: 'from + LATE_MS',
  },
  {
    name: 'turns move as far as the answer of the table is late',
    file: ONE_SOURCE,
    find: 'answer.turns.filter(({ until }) => agreedAt <= until)',
    replace:
      'answer.turns.map(({ from }) => ({ from: from + Math.max(0, agreedAt - (answer.turns[0]?.from ?? 0)), until: EVER }))',
  },
  {
    name: 'a date in any words',
    file: REFUSAL,
    find: 'DATE.test(value) ? Date.parse(value) : Number.NaN',
    replace: 'Date.parse(value)',
  },
  {
    name: 'a backfill with the whole rate',
    file: TURNS,
    find: 'const ownGapMs = gapMs / (share ?? 1);',
    replace: 'const ownGapMs = gapMs;',
  },
  {
    name: 'a backfill beside the rate of the others',
    file: TURNS,
    find: 'next: turns.length === 0 ? next : free,',
    replace: 'next: turns.length === 0 || share !== undefined ? next : free,',
  },
  {
    name: 'a backfill that gives way for ever',
    file: SHARE,
    find: 'othersWait ? due + (SLOWER - 1) * gapMs : due',
    replace: 'othersWait ? Number.POSITIVE_INFINITY : due',
  },
  {
    name: 'a backfill that gives way to nobody',
    file: SHARE,
    find: 'othersWait ? due + (SLOWER - 1) * gapMs : due',
    replace: 'due - 5 * gapMs',
  },
  {
    name: 'a backfill with all slots',
    file: SHARE,
    find: 'Math.max(1, Math.floor(all * share))',
    replace: 'all',
  },
  {
    name: 'a backfill that does not hear of a closing',
    file: TURNS,
    find: 'const opensAt = Math.max(now, closedUntil, probedUntil);',
    replace: 'const opensAt = share === undefined ? Math.max(now, closedUntil, probedUntil) : now;',
  },
  {
    name: 'two lanes alone, each with all of the rate',
    file: SHARE,
    find: 'if (lane === undefined) return 1;',
    replace: 'return 3;',
  },
  {
    name: 'never sent anew',
    file: COME_BACK,
    find: 'given.receiveCount >= RECEIVES_MAX',
    replace: 'given.receiveCount >= 10 * RECEIVES_MAX',
  },
  {
    name: 'never too old',
    file: COME_BACK,
    find: '(RETENTION_DAYS - 1) * DAY_MS',
    replace: '(RETENTION_DAYS + 1) * DAY_MS',
  },
  {
    name: 'a refusal is an attempt',
    file: LIMITED,
    find: 'if (refusal.certain || othersToo)',
    replace: 'if (refusal.certain && clock.now() < 0)',
  },
];
