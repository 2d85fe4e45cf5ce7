/**
 * The picture of a run in the terminal, at its width. Few bars are drawn one by one, each with a mark at its
 * start; many become a row of blocks whose height shows how much of each moment was used.
 */
import { fit, padEnd, padStart, printable, widthOf, wrap } from './printable.ts';
import { paint, type Style, type Terminal } from './terminal.ts';
import { type Bar, densityOf, type KeyTrack, type Lane, type Timeline, tellReadings } from './timeline.ts';
import { formatCount, formatCountOf, formatDuration, timeTicks } from './units.ts';

export function renderTextTimeline(timeline: Timeline, terminal: Terminal, keysShown = KEYS_SHOWN): string {
  if (timeline.reads.length === 0 && timeline.keys.length === 0) return '';
  const shown = timeline.keys.slice(0, keysShown);
  const others = timeline.keys.slice(keysShown);
  const plan = planOf(timeline, terminal, shown, others);
  return [
    ...caption('reads overlap', readsNote(timeline), terminal),
    ...readsRows(timeline.reads, plan),
    ...caption('each key computes single file', keysNote(timeline, plan), terminal),
    ...shown.flatMap((track) => keyRows(track, plan)),
    ...othersRow(others, plan),
    axisRow(plan),
    '',
  ].join('\n');
}

/** Bars of a lane as characters: `first` where a bar begins, `rest` where it continues, a space elsewhere. */
export function laneCells(
  bars: readonly Pick<Bar, 'start' | 'end'>[],
  spanMs: number,
  columns: number,
  [first, rest]: readonly [string, string],
): string {
  const cells = new Array<string>(columns).fill(' ');
  const columnMs = Math.max(spanMs, Number.MIN_VALUE) / columns;
  for (const { start, end } of bars) {
    const from = Math.min(columns - 1, Math.floor(start / columnMs));
    const to = Math.max(from + 1, Math.min(columns, Math.ceil(end / columnMs)));
    cells.fill(rest, from, to);
    cells[from] = first;
  }
  return cells.join('');
}

export const READ_CELLS = ['┣', '━'] as const;
export const COMPUTE_CELLS = ['▐', '█'] as const;

const KEYS_SHOWN = 12;
const READ_LANES_SHOWN = 10;
const AREA_ROWS = 3;
const NAME_CELLS_MAX = 22;
const COUNT_CELLS_MIN = 8;
/** With fewer cells than this for each bar on average, a row is drawn as heights. */
const CELLS_PER_BAR = 3;
const HEIGHTS = ' ▁▂▃▄▅▆▇█';

interface TextPlan {
  readonly terminal: Terminal;
  readonly spanMs: number;
  readonly nameCells: number;
  readonly columns: number;
  readonly countCells: number;
  /**
   * Share of time that the busiest cell of a key spent computing; undefined when bars are drawn one by one.
   */
  readonly busiest: number | undefined;
}

function planOf(
  { spanMs }: Timeline,
  terminal: Terminal,
  shown: readonly KeyTrack[],
  others: readonly KeyTrack[],
): TextPlan {
  const longest = Math.max(8, ...shown.map(({ key }) => widthOf(printable(key))));
  const nameCells = Math.min(longest, NAME_CELLS_MAX, Math.floor(terminal.columns / 4));
  const notes = [...shown, sumOf(others)].map(tellReadings);
  const countCells = Math.max(COUNT_CELLS_MIN, ...notes.map((note) => note.length + 1));
  const columns = terminal.columns - nameCells - countCells - 3;
  const lanes = shown.flatMap(({ computes }) => computes);
  const drawnApart = others.length === 0 && lanes.every((lane) => lane.length * CELLS_PER_BAR <= columns);
  const busiest = drawnApart ? undefined : busiestCell(lanes, spanMs, columns);
  return { terminal, spanMs, nameCells, columns, countCells, busiest };
}

function busiestCell(lanes: readonly Lane[], spanMs: number, columns: number): number {
  return Math.max(Number.MIN_VALUE, ...lanes.flatMap((lane) => densityOf(lane, spanMs, columns)));
}

function caption(title: string, note: string, terminal: Terminal): string[] {
  const [first = '', ...rest] = wrap(`${title} (${note})`, terminal.columns - 2);
  return [
    `  ${title}${paint(terminal, 'dim', first.slice(title.length))}`,
    ...rest.map((line) => paint(terminal, 'dim', `  ${line}`)),
  ];
}

function readsNote({ reads, oneIn }: Timeline): string {
  if (oneIn === 1) return `up to ${formatCount(reads.length)} at once`;
  return `one of ${formatCount(oneIn)} is drawn, and so are computations`;
}

function keysNote({ keys }: Timeline, { busiest }: TextPlan): string {
  const count = formatCountOf(keys.length, 'key');
  const peak = busiest === undefined ? '' : `, peak ${Math.ceil(Math.min(1, busiest) * 100)} % busy`;
  const repeated = keys.some((each) => each.repeated > 0) ? '; +n: computed again' : '';
  return `${count}${peak}${repeated}`;
}

function row(
  name: string,
  cells: string,
  style: Style,
  note: string,
  { terminal, nameCells, countCells }: TextPlan,
): string {
  const left = padEnd(fit(printable(name), nameCells), nameCells);
  const right = note === '' ? '' : paint(terminal, 'dim', padStart(note, countCells));
  return `  ${left} ${paint(terminal, style, cells)}${right}`.trimEnd();
}

function readsRows(lanes: readonly Lane[], plan: TextPlan): string[] {
  const { spanMs, columns } = plan;
  const bars = lanes.flat();
  if (lanes.length <= READ_LANES_SHOWN && bars.length * CELLS_PER_BAR <= columns * lanes.length) {
    return lanes.map((lane) => row('', laneCells(lane, spanMs, columns, READ_CELLS), 'blue', '', plan));
  }
  return areaRows(densityOf(bars, spanMs, columns)).map((cells) => row('', cells, 'blue', '', plan));
}

/** Levels as an area of several rows, the highest level filling all of them. */
function areaRows(levels: readonly number[]): string[] {
  const top = Math.max(...levels, Number.MIN_VALUE);
  return Array.from({ length: AREA_ROWS }, (_, index) => {
    const below = AREA_ROWS - 1 - index;
    return levels
      .map((level) => heightCell((level / top) * AREA_ROWS - below, below === 0 && level > 0))
      .join('');
  });
}

/** Even the shortest work stays visible. */
function heightCell(share: number, visible: boolean): string {
  const eighths = Math.max(visible ? 1 : 0, Math.min(8, Math.round(share * 8)));
  return HEIGHTS[eighths] ?? ' ';
}

function keyRows(track: KeyTrack, plan: TextPlan): string[] {
  const { key, computes } = track;
  const { spanMs, columns, busiest } = plan;
  return computes.map((lane, index) => {
    const cells =
      busiest === undefined
        ? laneCells(lane, spanMs, columns, COMPUTE_CELLS)
        : sharesRow(lane, spanMs, columns, busiest);
    return row(index === 0 ? key : '', cells, 'yellow', index === 0 ? tellReadings(track) : '', plan);
  });
}

function sharesRow(bars: readonly Bar[], spanMs: number, columns: number, full: number): string {
  return densityOf(bars, spanMs, columns)
    .map((share) => heightCell(share / full, share > 0))
    .join('');
}

function othersRow(others: readonly KeyTrack[], plan: TextPlan): string[] {
  if (others.length === 0) return [];
  const bars = others.flatMap(({ computes }) => computes.flat());
  const cells = sharesRow(bars, plan.spanMs, plan.columns, (plan.busiest ?? 1) * others.length);
  return [row(`${formatCount(others.length)} others`, cells, 'yellow', tellReadings(sumOf(others)), plan)];
}

function sumOf(tracks: readonly KeyTrack[]): Pick<KeyTrack, 'readings' | 'repeated'> {
  return {
    readings: tracks.reduce((total, { readings }) => total + readings, 0),
    repeated: tracks.reduce((total, { repeated }) => total + repeated, 0),
  };
}

function axisRow({ terminal, spanMs, nameCells, columns, countCells }: TextPlan): string {
  const cells = new Array<string>(columns + countCells).fill(' ');
  const labels = timeTicks(spanMs, Math.max(2, Math.floor(columns / 14)));
  for (const { ms, label } of labels) {
    const at = spanMs === 0 ? 0 : Math.round((ms / spanMs) * columns);
    [...label].forEach((character, index) => {
      if (at + index < cells.length) cells[at + index] = character;
    });
  }
  const text = labels.length > 1 ? cells.join('') : formatDuration(spanMs);
  return paint(terminal, 'dim', `  ${' '.repeat(nameCells)} ${text}`.trimEnd());
}
