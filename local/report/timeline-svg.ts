/**
 * The picture of a run. At the top the reads, in as many lanes as there were reads at once; below, one track
 * for each key, whose computations run one at a time. It stands alone (an <img> in a document) or inside the
 * page of timeline-html.ts.
 */
import { SHAPE_STYLE } from './palette.ts';
import { escapeMarkup, fit, printable } from './printable.ts';
import type { Summary } from './run-record.ts';
import { label, px } from './svg.ts';
import { type Bar, explainRepeated, type Mark, marksOf, type Timeline, tellReadings } from './timeline.ts';
import { keysSection, type Plan, readsSection, shownKeys } from './timeline-tracks.ts';
import { formatCountOf, formatDuration, formatRatio, timeTicks } from './units.ts';

export interface SvgOptions {
  readonly width?: number;
  /** Adds a title with the totals and a background card, for a picture that stands alone. */
  readonly standalone?: boolean;
}

export function renderTimelineSvg(timeline: Timeline, summary: Summary, options: SvgOptions = {}): string {
  const { width = 1160, standalone = true } = options;
  const plan = planOf(timeline, width, standalone);
  const sections = [readsSection(timeline, plan), ...keysSection(timeline, plan)];
  const marks: string[] = standalone ? heading(timeline, summary, plan) : [];
  const moments = marksOf(timeline);
  let y = plan.top + moments.length * MARK_HEIGHT;
  const start = y;
  const titles: string[] = [];
  for (const { height, draw, over } of sections) {
    marks.push(draw(y));
    if (over !== undefined) titles.push(over(y));
    y += height;
  }
  marks.push(legend(timeline, plan, y + AXIS_HEIGHT + 8));
  // The page has the same text in a caption.
  if (standalone) marks.push(explainNumbers(timeline, plan, y + AXIS_HEIGHT + LEGEND_HEIGHT + 4));
  const numbersHeight = standalone ? NUMBERS_HEIGHT : 0;
  const height = y + AXIS_HEIGHT + LEGEND_HEIGHT + numbersHeight + plan.margin / 2;
  const card = standalone
    ? `<rect class="f-card s-line" x=".5" y=".5" width="${width - 1}" height="${px(height - 1)}" rx="10"/>`
    : '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}" role="img" aria-label="${escapeMarkup(`Timeline of ${timeline.pipeline}`)}" font-family="system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif">`,
    `<desc>${escapeMarkup(describe(timeline, summary))}</desc>`,
    `<style>${SHAPE_STYLE}</style>`,
    card,
    axis(timeline.spanMs, plan, start, y),
    ...marks,
    ...moments.map((mark, index) => momentLine(mark, plan, plan.top + index * MARK_HEIGHT, start, y)),
    ...moments.map((mark, index) => momentLabel(mark, plan, plan.top + index * MARK_HEIGHT)),
    ...titles,
    '</svg>',
  ].join('\n');
}

/** With more bars than this, each lane is drawn as one path. */
const DETAILED_BARS_MAX = 1_200;
const AXIS_HEIGHT = 26;
const MARK_HEIGHT = 16;
const LEGEND_HEIGHT = 34;
const NUMBERS_HEIGHT = 14;
/** Width in pixels of a digit beside a track, at its font size. */
const DIGIT_WIDTH = 5.8;

function planOf(timeline: Timeline, width: number, standalone: boolean): Plan {
  const narrow = width < 600;
  const margin = standalone ? 24 : 0;
  const left = margin + (narrow ? 92 : 150);
  const longest = Math.max(0, ...timeline.keys.map((track) => tellReadings(track).length));
  const right = width - margin - Math.max(narrow ? 26 : 40, Math.ceil(longest * DIGIT_WIDTH) + 8);
  return {
    width,
    margin,
    left,
    right,
    top: standalone ? 76 : 4,
    toX: (ms) => left + (timeline.spanMs === 0 ? 0 : (ms / timeline.spanMs) * (right - left)),
    detailed: barsOf(timeline).length <= DETAILED_BARS_MAX,
  };
}

function barsOf({ reads, keys }: Timeline): Bar[] {
  return [
    ...reads,
    ...keys.flatMap(({ computes, commits, writes }) => [...computes, ...commits, ...writes]),
  ].flat();
}

function heading(timeline: Timeline, summary: Summary, { margin, width }: Plan): string[] {
  const cells = Math.floor((width - 2 * margin) / 9);
  return [
    label(fit(printable(timeline.pipeline), cells), margin, 36, { size: 17, bold: true }),
    label(fit(headline(summary), Math.floor((width - 2 * margin) / 6.4)), margin, 57, {
      className: 'f-muted',
      size: 13,
    }),
  ];
}

function headline(summary: Summary): string {
  const { requests, readings, makespanMs, sequentialMs, speedup } = summary;
  const keys = Object.keys(summary.keys).length;
  return `${formatDuration(makespanMs)}, one after the other ${formatDuration(sequentialMs)}: ${formatRatio(speedup)}× · ${formatCountOf(requests, 'request')}, ${formatCountOf(readings, 'reading')}, ${formatCountOf(keys, 'key')}`;
}

function describe(timeline: Timeline, summary: Summary): string {
  return `${headline(summary)}. Up to ${formatCountOf(timeline.reads.length, 'read')} at once; the computations of each key one after the other.`;
}

function axis(spanMs: number, { left, right, toX }: Plan, top: number, bottom: number): string {
  const ticks = timeTicks(spanMs, Math.max(2, Math.floor((right - left) / 62)));
  const lines = ticks.map(({ ms }) => `M${px(toX(ms))} ${px(top + 4)}V${px(bottom + 5)}`).join('');
  return [
    `<path class="s-line" fill="none" d="${lines}"/>`,
    ...ticks.map(({ ms, label: text }) =>
      label(text, toX(ms), bottom + 20, { className: 'f-muted', size: 11, anchor: 'middle' }),
    ),
  ].join('\n');
}

/**
 * The line runs in the row of its label and below all labels. A line through another mark's label could be
 * taken for that mark's line.
 */
function momentLine({ ms }: Mark, { toX }: Plan, row: number, top: number, bottom: number): string {
  const x = px(toX(ms));
  const pieces = `M${x} ${px(row)}V${px(row + MARK_HEIGHT - 2)}M${x} ${px(top)}V${px(bottom)}`;
  return `<path class="s-muted" fill="none" stroke-dasharray="3 3" d="${pieces}"/>`;
}

/** Beside its line, on the side with more room. */
function momentLabel({ what, ms }: Mark, { left, right, toX }: Plan, top: number): string {
  const anchor = toX(ms) > (left + right) / 2 ? 'end' : 'start';
  const x = toX(ms) + (anchor === 'end' ? -6 : 6);
  return label(`${what} ${formatDuration(ms)}`, x, top + 11, { size: 11, anchor, rim: true });
}

/** Only what is drawn; for keys that share a row, their computations. */
function legend(timeline: Timeline, { left, margin, width }: Plan, y: number): string {
  const keys = shownKeys(timeline);
  const others = timeline.keys.slice(keys.length).flatMap(({ computes }) => computes.flat());
  const bars = [...barsOf({ ...timeline, keys }), ...others];
  const kinds = new Set(bars.map(({ observation }) => observation.kind));
  const failures = bars.some(
    ({ observation: o }) => 'outcome' in o && ['failed', 'dead', 'conflict'].includes(o.outcome),
  );
  const entries = [
    ...(kinds.has('read') ? [['f-read', 'read']] : []),
    ...(kinds.has('compute') ? [['f-compute', 'compute']] : []),
    ...(kinds.has('commit') ? [['f-commit', 'commit']] : []),
    ...(kinds.has('write') ? [['f-write', 'write']] : []),
    ...(failures ? [['f-failed', 'failed']] : []),
  ];
  let x = width < 600 ? margin : left;
  return entries
    .map(([className = '', text = '']) => {
      const entry = `<rect class="${className}" x="${px(x)}" y="${px(y + 2)}" width="12" height="10" rx="2"/>${label(text, x + 17, y + 11, { className: 'f-muted', size: 11 })}`;
      x += 17 + text.length * 6.5 + 16;
      return entry;
    })
    .join('');
}

function explainNumbers(timeline: Timeline, { left, right }: Plan, y: number): string {
  const text = ['At the right: the readings of each key.', ...explainRepeated(timeline)].join(' ');
  return label(fit(text, Math.floor((right - left) / 5.6)), left, y, { className: 'f-muted', size: 11 });
}
