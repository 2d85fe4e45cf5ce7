/**
 * The keys as the page shows them: stopped ones first, then waiting ones, then the busiest. A look scans the
 * table, so it happens only after a commit, and less often the longer a scan takes.
 */

import { systemClock } from '../../functions/aws/clock.ts';
import type { KeyItem } from '../../functions/state.ts';
import { describeWaiting, waitingOf } from '../../operate/waiting.ts';
import { type Kept, since } from '../report/observation-log.ts';
import type { Run } from '../run.ts';

export interface KeysView {
  look(): Promise<KeysPart>;
}

interface KeysPart {
  readonly count: number;
  readonly stopped: number;
  readonly applied: number;
  readonly skipped: number;
  readonly parked: number;
  readonly shown: readonly ShownKey[];
}

interface ShownKey {
  readonly key: string;
  readonly version: number;
  readonly counts: KeyItem['counts'];
  readonly parked: number;
  readonly stopped: string | undefined;
  /** The reason why it waits, as text. */
  readonly waiting: string | undefined;
  /** JSON text, truncated when it is long. */
  readonly state: string;
  readonly stateLength: number;
}

const SHOWN_MAX = 100;
const STATE_LENGTH_MAX = 2_000;
/** After a scan, at least this many times its duration passes before the next one. */
const SHARE = 10;

export function createKeysView(run: Pick<Run, 'items'> & Kept): KeysView {
  let part: KeysPart = { count: 0, stopped: 0, applied: 0, skipped: 0, parked: 0, shown: [] };
  let seen = 0;
  let stale = true;
  let notBefore = 0;
  return {
    async look() {
      const { observations, next } = since(run, seen);
      stale ||= observations.some(({ kind }) => kind === 'commit');
      seen = next;
      const began = systemClock.now();
      if (!stale || began < notBefore) return part;
      stale = false; // Set before the scan: a commit during the scan causes another look.
      part = partOf(await run.items());
      const ended = systemClock.now();
      notBefore = ended + (ended - began) * SHARE;
      return part;
    },
  };
}

function partOf(items: readonly KeyItem[]): KeysPart {
  const sorted = [...items].sort(
    (a, b) =>
      Number(b.stopped !== undefined) - Number(a.stopped !== undefined) ||
      b.parked - a.parked ||
      b.counts.applied - a.counts.applied ||
      (a.key < b.key ? -1 : 1),
  );
  const total = (count: (item: KeyItem) => number) => items.reduce((sum, item) => sum + count(item), 0);
  return {
    count: items.length,
    stopped: total(({ stopped }) => (stopped === undefined ? 0 : 1)),
    applied: total(({ counts }) => counts.applied),
    skipped: total(({ counts }) => counts.skipped),
    parked: total(({ parked }) => parked),
    shown: sorted.slice(0, SHOWN_MAX).map(shownOf),
  };
}

function shownOf(item: KeyItem): ShownKey {
  const { key, version, counts, parked, stopped, state } = item;
  const waiting = waitingOf(item);
  return {
    key,
    version,
    counts,
    parked,
    stopped: stopped?.reason,
    waiting: waiting && describeWaiting(waiting),
    state: state?.slice(0, STATE_LENGTH_MAX) ?? '',
    stateLength: state?.length ?? 0,
  };
}
