/**
 * The few shapes of the pictures, as SVG text. The thin bars of a lane become one path, and bars that nearly
 * touch are joined, so that a run of thousands of reads is still a small file. Joining only adds to the
 * covered area: every bar stays visible.
 */
import { escapeMarkup } from './printable.ts';
import type { Bar } from './timeline.ts';

export interface Shape {
  readonly className: string;
  readonly y: number;
  readonly height: number;
  /** Smallest width of a bar in pixels; default: WIDTH_MIN. */
  readonly widthMin?: number;
}

export type Scale = (ms: number) => number;

/** A separate bar with a tooltip. */
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

/** The ranges that the bars cover, from left to right, in pixels. */
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
  /** A rim in the colour of the card keeps a line behind the text from crossing it. */
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

/** Levels as a stepped area; the level `top` fills the height. */
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

/** Smallest width of a bar, and the narrowest gap that is drawn, in pixels. */
const WIDTH_MIN = 0.8;
const GAP_MIN = 0.3;
/** Bars that are wide enough end a little early, so that two adjacent ones can be told apart. */
const SEAM = 0.6;
const SEAM_FROM = 2.4;
