/**
 * The rows of the picture: first the lanes of the reads, then a track for each key. If there are too many to
 * tell apart, they become an area whose height is the number at once: nothing is left out.
 */

import type { TimedObservation } from './observed.ts';
import { escapeMarkup, fit, printable } from './printable.ts';
import { barRect, barsPath, label, px, type Scale, type Shape, stepArea } from './svg.ts';
import { type Bar, densityOf, type KeyTrack, type Lane, type Timeline, tellReadings } from './timeline.ts';
import { formatCount, formatCountOf, formatDuration } from './units.ts';

/** Positions in pixels. */
export interface Plan {
  readonly width: number;
  readonly margin: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly toX: Scale;
  /** True: every bar is a separate shape. */
  readonly detailed: boolean;
}

export interface Section {
  readonly height: number;
  readonly draw: (y: number) => string;
  /** Text above everything else, so that no line crosses it. */
  readonly over?: (y: number) => string;
}

export function readsSection(timeline: Timeline, plan: Plan): Section {
  const lanes = timeline.reads;
  const count = lanes.length;
  const pitch = count <= 12 ? 18 : count <= 40 ? 10 : count <= 100 ? 6 : 3;
  const asArea = count > READ_LANES_MAX;
  const note = `up to ${formatCount(count)} at once${asArea ? '; the height is how many' : ''}`;
  const body = asArea ? AREA_HEIGHT : count * pitch;
  return {
    height: SECTION_TITLE_HEIGHT + body + 8,
    draw: (y) => {
      const top = y + SECTION_TITLE_HEIGHT;
      if (asArea) {
        const shape = { className: 'f-read', y: top, height: AREA_HEIGHT };
        return area(lanes.flat(), timeline.spanMs, plan, shape);
      }
      const height = pitch - Math.min(3, pitch * 0.25);
      return lanes.map((lane, index) => drawReads(lane, plan, top + index * pitch, height)).join('\n');
    },
    over: (y) => sectionTitle('Reads overlap', note, plan, y),
  };
}

/** The keys with a track of their own; all others share one row. */
export function shownKeys({ keys }: Timeline): readonly KeyTrack[] {
  return keys.slice(0, KEY_TRACKS_MAX);
}

export function keysSection(timeline: Timeline, plan: Plan): Section[] {
  const { keys } = timeline;
  if (keys.length === 0) return [];
  const shown = shownKeys(timeline);
  const others = keys.slice(shown.length);
  const pitch = shown.length <= 8 ? 28 : shown.length <= 25 ? 20 : 14;
  const title: Section = {
    height: SECTION_TITLE_HEIGHT,
    draw: () => '',
    over: (y) =>
      sectionTitle(
        'Each key computes single file',
        keys.length === 1 ? 'one at a time' : `${formatCountOf(keys.length, 'key')} side by side`,
        plan,
        y,
      ),
  };
  const tracks = shown.map((track) => keySection(track, plan, pitch));
  return others.length === 0
    ? [title, ...tracks]
    : [title, ...tracks, othersSection(others, timeline.spanMs, plan)];
}

const READ_LANES_MAX = 260;
const KEY_TRACKS_MAX = 60;
const AREA_HEIGHT = 90;
const SECTION_TITLE_HEIGHT = 34;
const COMPUTE_WIDTH_MIN = 2.5;

function sectionTitle(title: string, note: string, { margin, left }: Plan, y: number): string {
  const x = left < margin + 100 ? margin : left;
  return `<text class="f-text s-card" paint-order="stroke" stroke-width="5" x="${px(x)}" y="${px(y + 22)}" font-size="13" font-weight="600">${escapeMarkup(title)}<tspan class="f-muted" font-weight="400" dx="8">${escapeMarkup(note)}</tspan></text>`;
}

function drawReads(lane: Lane, plan: Plan, y: number, height: number): string {
  return [
    drawBars(
      lane.filter((bar) => !isFailed(bar)),
      plan,
      { className: 'f-read', y, height },
      'reads',
    ),
    drawBars(lane.filter(isFailed), plan, { className: 'f-failed', y, height }, 'failed reads'),
  ].join('');
}

function keySection(track: KeyTrack, plan: Plan, pitch: number): Section {
  const hasWrites = track.writes.length > 0;
  const writeHeight = hasWrites ? Math.max(2, pitch * 0.16) : 0;
  const height = pitch - 3 - (hasWrites ? writeHeight + 1 : 0);
  const lanesHeight = Math.max(1, track.computes.length) * pitch;
  return {
    height: lanesHeight,
    draw: (y) => {
      const commitHeight = Math.max(1.5, height * 0.2);
      const commitY = y + height - commitHeight;
      const conflict = ({ observation: o }: Bar): boolean => o.kind === 'commit' && o.outcome === 'conflict';
      const failed = ({ observation: o }: Bar): boolean => o.kind === 'write' && o.outcome === 'failed';
      const commits = track.commits.flat();
      const writes = track.writes.flat();
      const commit = { y: commitY, height: commitHeight };
      const write = { y: y + height + 1, height: writeHeight };
      return [
        `<rect class="f-track" x="${px(plan.left)}" y="${px(y)}" width="${px(plan.right - plan.left)}" height="${px(lanesHeight - 3)}" rx="3"/>`,
        keyLabel(track, plan, y + height / 2 + 4, pitch),
        drawBars(
          commits.filter((bar) => !conflict(bar)),
          plan,
          { className: 'f-commit', ...commit },
          'commits',
        ),
        drawBars(commits.filter(conflict), plan, { className: 'f-failed', ...commit }, 'conflicts'),
        // Drawn over the commits, so that even the shortest computation is visible.
        ...track.computes.map((lane, index) =>
          drawBars(
            lane,
            plan,
            { className: 'f-compute', y: y + index * pitch, height, widthMin: COMPUTE_WIDTH_MIN },
            'computations',
          ),
        ),
        drawBars(
          writes.filter((bar) => !failed(bar)),
          plan,
          { className: 'f-write', ...write },
          'writes',
        ),
        drawBars(writes.filter(failed), plan, { className: 'f-failed', ...write }, 'failed writes'),
      ].join('');
    },
  };
}

function keyLabel(track: KeyTrack, { margin, left, right }: Plan, y: number, pitch: number): string {
  const { key } = track;
  const size = pitch >= 20 ? 12 : 11;
  const name = printable(key);
  const short = fit(name, Math.floor((left - margin - 10) / (size * 0.6)));
  const text = label(short, left - 10, y, { anchor: 'end', size });
  const full = short === name ? text : `<g>${text}<title>${escapeMarkup(name)}</title></g>`;
  return full + label(tellReadings(track), right + 6, y, { className: 'f-muted', size: 10 });
}

/** The keys without a track of their own: how many of them computed at once. */
function othersSection(others: readonly KeyTrack[], spanMs: number, plan: Plan): Section {
  const bars = others.flatMap(({ computes }) => computes.flat());
  const readings = others.reduce((total, track) => total + track.readings, 0);
  return {
    height: 60,
    draw: (y) =>
      [
        label(`${formatCount(others.length)} other keys`, plan.left - 10, y + 28, { anchor: 'end' }),
        label(formatCountOf(readings, 'reading'), plan.left - 10, y + 42, {
          anchor: 'end',
          className: 'f-muted',
          size: 10,
        }),
        area(bars, spanMs, plan, { className: 'f-compute', y: y + 8, height: 44 }),
      ].join('\n'),
  };
}

/** The number of bars at once; the failed ones are drawn over it at the same scale. */
function area(bars: readonly Bar[], spanMs: number, plan: Plan, { className, y, height }: Shape): string {
  const { left, right } = plan;
  const columns = Math.floor(right - left);
  const density = densityOf(bars, spanMs, columns);
  const most = Math.max(...density, Number.MIN_VALUE);
  const failed = densityOf(bars.filter(isFailed), spanMs, columns);
  const shapes = [stepArea(density, most, left, right - left, { className, y, height })];
  if (failed.some((level) => level > 0)) {
    shapes.push(stepArea(failed, most, left, right - left, { className: 'f-failed', y, height }));
  }
  const text = most >= 10 ? formatCount(most) : most.toFixed(1);
  return [...shapes, label(text, right + 6, y + 8, { className: 'f-muted', size: 10 })].join('');
}

function isFailed({ observation }: Bar): boolean {
  return observation.kind === 'read' && observation.outcome !== 'done';
}

function drawBars(bars: readonly Bar[], plan: Plan, shape: Shape, what: string): string {
  if (plan.detailed) return bars.map((bar) => barRect(bar, plan.toX, shape, tell(bar))).join('');
  return barsPath(bars, plan.toX, shape, `${formatCount(bars.length)} ${what}`);
}

function tell({ start, end, observation }: Bar): string[] {
  const when = `${formatDuration(end - start)}, from ${formatDuration(start)} to ${formatDuration(end)}`;
  return [tellWhat(observation), when, `environment ${observation.environment}`];
}

function tellWhat(observation: TimedObservation): string {
  switch (observation.kind) {
    case 'read':
      return `read ${observation.request}: ${observation.outcome}, ${formatCountOf(observation.readings, 'reading')}`;
    case 'compute':
      return `compute ${observation.key}: ${formatCountOf(observation.readings, 'reading')}`;
    case 'commit':
      return `commit ${observation.key}, version ${observation.version}: ${observation.outcome}`;
    case 'write':
      return `write ${observation.key}: ${observation.outcome}, ${formatCountOf(observation.outputs, 'output')}`;
  }
}
