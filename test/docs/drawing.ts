/** The shapes of the drawings in docs/: boxes, arrows and lines of text in the colours of the timeline. */
import { SHAPE_STYLE } from '../../local/report/palette.ts';
import { label } from '../../local/report/svg.ts';

type Colour = 'read' | 'compute' | 'text' | 'write' | 'failed' | 'muted';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly lines: readonly string[];
  /** Of the edge at the left. */
  readonly colour: Colour;
}

export function drawing(width: number, height: number, alt: string, shapes: readonly string[]): string {
  const marker = (name: string) =>
    `<marker id="to-${name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="f-${name}" d="M0 0L8 4L0 8z"/></marker>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" role="img">`,
    `<title>${alt}</title>`,
    `<style>${SHAPE_STYLE}</style>`,
    `<defs>${['muted', 'failed', 'text'].map(marker).join('')}</defs>`,
    `<rect class="f-card s-line" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...shapes,
    '</svg>\n',
  ].join('\n');
}

export function box({ x, y, width, height, title, lines, colour }: Box): string {
  return [
    `<rect class="f-track s-line" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    `<rect class="f-${colour}" x="${x}" y="${y}" width="5" height="${height}" rx="2"/>`,
    label(title, x + 16, y + 22, { size: 14, bold: true }),
    ...lines.map((line, index) =>
      label(line, x + 16, y + 41 + index * 17, { size: 12, className: 'f-muted' }),
    ),
  ].join('\n');
}

export interface Arrow {
  /** Corners, from the tail to the head. */
  readonly path: readonly (readonly [number, number])[];
  readonly colour?: 'muted' | 'failed' | 'text';
  readonly dashed?: boolean;
  readonly text?: string;
  /** Of the middle of the text. */
  readonly textAt?: readonly [number, number];
}

export function arrow({ path, colour = 'muted', dashed = false, text, textAt }: Arrow): string {
  const d = path.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const dash = dashed ? ' stroke-dasharray="5 4"' : '';
  const line = `<path class="s-${colour}" d="${d}" fill="none" stroke-width="1.6"${dash} marker-end="url(#to-${colour})"/>`;
  if (text === undefined || textAt === undefined) return line;
  const className = colour === 'failed' ? 'f-failed' : 'f-text';
  return `${line}\n${label(text, textAt[0], textAt[1], { size: 12.5, anchor: 'middle', className })}`;
}
