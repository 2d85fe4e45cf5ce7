/**
 * docs/images/exactly-once.svg: a message, its redelivery and a late duplicate; one of the two writes takes
 * effect.
 */
import { label } from '../../local/report/svg.ts';
import { arrow, box, drawing } from './drawing.ts';

const LINES = { queue: 78, first: 232, second: 382, item: 560 } as const;
const TOP = 64;
const BOTTOM = 560;

export function drawExactlyOnce(): string {
  return drawing(
    758,
    600,
    'A message is delivered twice; the conditional write lets one of the two invocations through',
    [
      ...lifeline(LINES.queue, 'readings queue'),
      ...lifeline(LINES.first, 'first invocation'),
      ...lifeline(LINES.second, 'second invocation'),
      ...lifeline(LINES.item, 'item'),
      item(76, 'version 4', ['sum 10', 'receipts m5, m6'], 'muted'),
      step(1, 112, 'queue', 'first', 'message m7: +3'),
      step(2, 156, 'first', 'item', 'reads version 4'),
      pause(LINES.first, 178, 420, 'stalls'),
      step(3, 220, 'queue', 'second', 'm7 redelivered', LINES.queue + 84),
      step(4, 258, 'second', 'item', 'reads version 4'),
      step(5, 300, 'second', 'item', 'puts if version is 4', undefined, 'text'),
      item(292, 'version 5', ['sum 13', 'receipts m5, m6, m7'], 'text'),
      step(6, 346, 'second', 'queue', 'deletes m7', LINES.queue + 84),
      step(7, 440, 'first', 'item', 'late twin: puts if version is 4', undefined, 'failed'),
      item(416, 'refused', ['the version is 5:', 'nothing changes'], 'failed'),
      step(8, 488, 'item', 'first', 'answer: the item, with the receipt of m7'),
      step(9, 532, 'first', 'queue', 'm7 is done'),
    ],
  );
}

function lifeline(x: number, name: string): string[] {
  return [
    label(name, x, 40, { size: 13.5, bold: true, anchor: 'middle' }),
    `<path class="s-line" d="M${x} ${TOP}V${BOTTOM}" stroke-width="1.5" stroke-dasharray="3 4"/>`,
  ];
}

function step(
  n: number,
  y: number,
  from: keyof typeof LINES,
  to: keyof typeof LINES,
  text: string,
  textX = (LINES[from] + LINES[to]) / 2,
  colour: 'muted' | 'text' | 'failed' = 'muted',
): string {
  const inset = LINES[from] < LINES[to] ? 4 : -4;
  const path = [
    [LINES[from] + inset, y],
    [LINES[to] - inset, y],
  ] as const;
  return arrow({ path, colour, text: `${n}. ${text}`, textAt: [textX, y - 7] });
}

function pause(x: number, from: number, to: number, text: string): string {
  return [
    `<rect class="f-compute" x="${x - 4}" y="${from}" width="8" height="${to - from}" rx="3" opacity="0.55"/>`,
    label(text, x + 12, (from + to) / 2 - 12, { size: 12.5, className: 'f-muted' }),
  ].join('\n');
}

function item(
  y: number,
  title: string,
  lines: readonly string[],
  colour: 'muted' | 'text' | 'failed',
): string {
  return box({ x: 590, y, width: 152, height: 68, title, lines, colour });
}
