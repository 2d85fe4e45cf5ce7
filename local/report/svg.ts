/**
 * The few shapes that the pictures are made of, as text. Many thin bars of one lane become one path, in which bars
 * closer than a hair are joined, so that a run of thousands of reads is still a small file. Joining only adds to what
 * is covered: every bar stays drawn.
 */
import { escapeMarkup } from './printable.ts';
import type { Bar } from './timeline.ts';

export interface Shape {
  readonly className: string;
  readonly y: number;
  readonly height: number;
  /** Pixels that a bar has at least; default: a hair. */
  readonly widthMin?: number;
}

export type Scale = (ms: number) => number;

/** A bar of its own that says what it is when pointed at. */
export function barRect(
  bar: Bar,
  toX: Scale,
  { className, y, height, widthMin = WIDTH_MIN }: Shape,
  titles: readonly string[],
): string {
  const x = toX(bar.start);
  const width = Math.max(widthMin, toX(bar.end) - x);
  const radius = Math.min(3, height / 3, width / 2);
  return `<rect class="${className}" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="${px(radius)}"><title>${titles.map(escapeMarkup).join('\n')}</title></rect>`;
}

export function barsPath(
  bars: readonly Bar[],
  toX: Scale,
  { className, y, height, widthMin }: Shape,
  title: string,
): string {
  if (bars.length === 0) return '';
  const h = px(height);
  const d = segmentsOf(bars, toX, widthMin)
    .map(([from, to]) => `M${px(from)} ${px(y)}h${px(to - from)}v${h}h-${px(to - from)}z`)
    .join('');
  return `<path class="${className}" d="${d}"><title>${escapeMarkup(title)}</title></path>`;
}

/** What the bars cover, from left to right, in pixels. */
export function segmentsOf(bars: readonly Bar[], toX: Scale, widthMin = WIDTH_MIN): [number, number][] {
  const segments: [number, number][] = [];
  for (const { start, end } of [...bars].sort((a, b) => a.start - b.start)) {
    const from = Math.floor(toX(start) * 10) / 10;
    const width = Math.ceil((toX(end) - from) * 10) / 10;
    const to = from + (width > Math.max(SEAM_FROM, widthMin) ? width - SEAM : Math.max(widthMin, width));
    const last = segments.at(-1);
    if (last !== undefined && from - last[1] < GAP_MIN) last[1] = Math.max(last[1], to);
    else segments.push([from, to]);
  }
  return segments;
}

export interface TextStyle {
  readonly className?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly size?: number;
  readonly bold?: boolean;
  /** A rim in the colour of the card, so that a line behind the text does not cross it. */
  readonly rim?: boolean;
}

export function label(text: string, x: number, y: number, style: TextStyle = {}): string {
  const { className = 'f-text', anchor = 'start', size = 12, bold = false, rim = false } = style;
  const weight = bold ? ' font-weight="600"' : '';
  const align = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  const rimmed = rim
    ? `class="${className} s-card" paint-order="stroke" stroke-width="5"`
    : `class="${className}"`;
  return `<text ${rimmed} x="${px(x)}" y="${px(y)}" font-size="${size}"${align}${weight}>${escapeMarkup(text)}</text>`;
}

/** Levels as a stepped area; `top` is the level that fills the height. */
export function stepArea(
  levels: readonly number[],
  top: number,
  left: number,
  width: number,
  { className, y, height }: Shape,
): string {
  const bottom = y + height;
  const step = width / levels.length;
  const d = levels.map((level) => `V${px(bottom - (level / top) * height)}h${px(step)}`).join('');
  return `<path class="${className}" d="M${px(left)} ${px(bottom)}${d}V${px(bottom)}z"/>`;
}

export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A bar is never thinner than this, and a gap narrower than that is not drawn. */
const WIDTH_MIN = 0.8;
const GAP_MIN = 0.3;
/** Bars wide enough end a little early, so that two that follow one another are seen to be two. */
const SEAM = 0.6;
const SEAM_FROM = 2.4;
