/**
 * Observations as lanes to draw. Whatever overlaps in time is put on different lanes, so two bars of one lane never
 * do. Reads share lanes, as few as carry them: their number is how many reads there were at once. Each key has lanes
 * of its own: one, as long as its computations were single file. A second one would show that they were not.
 *
 * How many readings a key has is told by its item, as everywhere in the report: folds that were made again are drawn,
 * for they took their time, but are counted apart.
 */
import { isTimed, type TimedObservation } from './observed.ts';
import { countOf, type RunRecord, seenOf } from './run-record.ts';
import type { Computed, Seen } from './seen.ts';
import { formatCount } from './units.ts';

/** Times in milliseconds since the start of the run. */
export interface Bar {
  readonly start: number;
  readonly end: number;
  readonly observation: TimedObservation;
}

/** In order of time, never overlapping. */
export type Lane = readonly Bar[];

export interface KeyTrack {
  readonly key: string;
  readonly computes: readonly Lane[];
  readonly commits: readonly Lane[];
  readonly writes: readonly Lane[];
  /** Readings that the key's item has taken in. */
  readonly readings: number;
  /** How many more were folded: those of commits that did not come about, folded again for another one. */
  readonly repeated: number;
  /** The time spent on all of them, as observed. */
  readonly busyMs: number;
}

export interface Timeline {
  readonly pipeline: string;
  readonly spanMs: number;
  readonly reads: readonly Lane[];
  /** One of so many reads and computations is drawn. */
  readonly oneIn: number;
  /** The busiest first. */
  readonly keys: readonly KeyTrack[];
}

export function buildTimeline(
  record: Pick<RunRecord, 'pipeline' | 'startedAt' | 'observations' | 'oneIn' | 'seen' | 'items'>,
): Timeline {
  // Clocks of several processes may differ by a little: nothing is drawn left of the axis.
  const timed = record.observations.filter(isTimed);
  const origin = timed.reduce((first, { start }) => Math.min(first, start), record.startedAt);
  const bars = timed.map((observation) => ({
    start: observation.start - origin,
    end: Math.max(observation.start, observation.end) - origin,
    observation,
  }));
  const seen = seenOf(record);
  return {
    pipeline: record.pipeline,
    spanMs: Math.max(0, (seen.lastEnd ?? origin) - origin),
    oneIn: record.oneIn ?? 1,
    reads: laneOut(bars.filter(({ observation }) => observation.kind === 'read')),
    keys: keyTracks(bars, record.items, seen),
  };
}

export interface Mark {
  readonly what: string;
  readonly ms: number;
}

/** When the first reading arrived and when the first computation began: how far reading and computing overlap. */
export function marksOf({ reads, keys }: Pick<Timeline, 'reads' | 'keys'>): Mark[] {
  const arrivals = reads
    .flat()
    .flatMap(({ end, observation: o }) =>
      o.kind === 'read' && o.outcome === 'done' && o.readings > 0 ? [end] : [],
    );
  const starts = keys.flatMap(({ computes }) => computes.flat()).map(({ start }) => start);
  return [...markAt('first reading', arrivals), ...markAt('first computation', starts)];
}

function markAt(what: string, times: readonly number[]): Mark[] {
  return times.length === 0 ? [] : [{ what, ms: times.reduce((a, b) => Math.min(a, b)) }];
}

/** "81", or "81 (+20)" when 20 of them were computed again. */
export function tellReadings({ readings, repeated }: Pick<KeyTrack, 'readings' | 'repeated'>): string {
  return formatCount(readings) + (repeated > 0 ? ` (+${formatCount(repeated)})` : '');
}

/** The meaning of the number in brackets, in lines that fit a narrow terminal; none when there is no such number. */
export function explainRepeated({ keys }: Timeline): readonly string[] {
  return keys.some(({ repeated }) => repeated > 0) ? REPEATED : [];
}

const REPEATED = ['(+n): computed again after a failed commit, applied once.'];

/** Greedy interval colouring: each bar on the first lane that is free. It needs no more lanes than bars at once. */
export function laneOut(bars: readonly Bar[]): Lane[] {
  const lanes: { bars: Bar[]; freeAt: number }[] = [];
  for (const bar of [...bars].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const free = lanes.find(({ freeAt }) => freeAt <= bar.start);
    if (free === undefined) {
      lanes.push({ bars: [bar], freeAt: bar.end });
    } else {
      free.bars.push(bar);
      free.freeAt = bar.end;
    }
  }
  return lanes.map((lane) => lane.bars);
}

/** For each of `columns` equal parts of the time: how many bars were going on at once, on average. */
export function densityOf(bars: readonly Bar[], spanMs: number, columns: number): number[] {
  const density = new Array<number>(columns).fill(0);
  const columnMs = Math.max(spanMs, Number.MIN_VALUE) / columns;
  for (const { start, end } of bars) {
    const last = Math.min(columns - 1, Math.floor(end / columnMs));
    for (let column = Math.min(last, Math.floor(start / columnMs)); column <= last; column += 1) {
      const from = Math.max(start, column * columnMs);
      const to = Math.min(end, (column + 1) * columnMs);
      density[column] = (density[column] ?? 0) + Math.max(0, to - from) / columnMs;
    }
  }
  return density;
}

function keyTracks(bars: readonly Bar[], items: RunRecord['items'], { computed }: Seen): KeyTrack[] {
  const taken = new Map(items.map(({ key, counts }) => [key, countOf(counts)]));
  const byKey = new Map<string, Bar[]>();
  for (const bar of bars) {
    if (bar.observation.kind === 'read') continue;
    const own = byKey.get(bar.observation.key);
    if (own === undefined) byKey.set(bar.observation.key, [bar]);
    else own.push(bar);
  }
  return [...byKey]
    .map(([key, own]) => keyTrack(key, own, taken.get(key) ?? 0, computed.get(key)))
    .sort((a, b) => b.busyMs - a.busyMs || b.readings - a.readings || (a.key < b.key ? -1 : 1));
}

function keyTrack(
  key: string,
  bars: readonly Bar[],
  readings: number,
  { readings: folded, ms: busyMs }: Computed = { readings: 0, ms: 0 },
): KeyTrack {
  const ofKind = (kind: TimedObservation['kind']): Bar[] =>
    bars.filter(({ observation }) => observation.kind === kind);
  const computes = ofKind('compute');
  return {
    key,
    computes: laneOut(computes),
    commits: laneOut(ofKind('commit')),
    writes: laneOut(ofKind('write')),
    readings,
    repeated: Math.max(0, folded - readings),
    busyMs,
  };
}
