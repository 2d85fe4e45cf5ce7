/**
 * Observations as lanes to draw. Overlapping work goes on different lanes, so bars of one lane never overlap.
 * Reads share as few lanes as possible: the number of lanes is the number of reads at once. Each key has its
 * own lanes: one, as long as its computations ran one at a time. A second lane would show that they did not.
 *
 * The number of readings of a key comes from its item, as everywhere in the report. Repeated folds are drawn,
 * because they took time, but counted separately.
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

/** Sorted by time, without overlaps. */
export type Lane = readonly Bar[];

export interface KeyTrack {
  readonly key: string;
  readonly computes: readonly Lane[];
  readonly commits: readonly Lane[];
  readonly writes: readonly Lane[];
  /** Readings that the key's item has counted. */
  readonly readings: number;
  /** Readings that were folded again because a commit failed. */
  readonly repeated: number;
  /** Observed time of all these folds, in ms. */
  readonly busyMs: number;
}

export interface Timeline {
  readonly pipeline: string;
  readonly spanMs: number;
  readonly reads: readonly Lane[];
  /** One in this many reads and computations is drawn. */
  readonly oneIn: number;
  /** Busiest key first. */
  readonly keys: readonly KeyTrack[];
}

export function buildTimeline(
  record: Pick<RunRecord, 'pipeline' | 'startedAt' | 'observations' | 'oneIn' | 'seen' | 'items'>,
): Timeline {
  // Clocks of several processes may differ slightly: nothing is drawn left of the axis.
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

/**
 * When the first reading arrived and the first computation began: this shows how far reading and computing
 * overlap.
 */
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

/** Explains the number in brackets, in lines that fit a narrow terminal; empty if there is no such number. */
export function explainRepeated({ keys }: Timeline): readonly string[] {
  return keys.some(({ repeated }) => repeated > 0) ? REPEATED : [];
}

const REPEATED = ['(+n): computed again after a failed commit, applied once.'];

/**
 * Greedy interval colouring: each bar goes on the first free lane. It needs no more lanes than bars at once.
 */
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

/** For each of `columns` equal periods: the average number of bars at once. */
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
