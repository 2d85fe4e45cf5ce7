/** The demo's comparison in the terminal: one table, and both timelines of each program on one time axis. */

import { fit, padEnd, printable, widthOf } from '../../local/report/printable.ts';
import { paint, type Style, type Terminal } from '../../local/report/terminal.ts';
import { renderTable } from '../../local/report/text-table.ts';
import { COMPUTE_CELLS, laneCells, READ_CELLS } from '../../local/report/timeline-text.ts';
import {
  type DemoBar,
  type DemoCall,
  type DemoProgram,
  describeOrigin,
  doneTimes,
  makespanOf,
  ratioToLimit,
  SYSTEM_TITLES,
} from './comparison.ts';

export function renderDemoTable(programs: readonly DemoProgram[], scale: number, terminal: Terminal): string {
  const origin = describeOrigin(scale).map((line) => paint(terminal, 'dim', `  ${line}`));
  const times = terminal.columns >= COLUMNS_FOR_ALL_TIMES ? doneTimes : firstAndLast;
  const table = renderTable(
    [
      { title: 'program', width: 18 },
      { title: 'limit', align: 'right' },
      { title: 'asyncio done' },
      { title: '/ limit', align: 'right' },
      { title: 'Weir done' },
      { title: '/ limit', align: 'right' },
    ],
    programs.map((program) => [
      program.name,
      `${(program.limitMs / 1000).toFixed(1)} s`,
      times(program.asyncio),
      ratioToLimit(program.asyncio, program),
      times(program.weir),
      ratioToLimit(program.weir, program),
    ]),
    terminal,
  );
  return [...table, '', ...origin].join('\n');
}

export function renderDemoTimelines(programs: readonly DemoProgram[], terminal: Terminal): string {
  const beside = terminal.columns >= COLUMNS_FOR_TWO;
  const width = beside
    ? Math.floor((terminal.columns - INDENT.length - GAP.length) / 2)
    : terminal.columns - 2;
  const blocks = programs.map((program) => {
    const spanMs = Math.max(makespanOf(program.asyncio), makespanOf(program.weir));
    const left = panel(SYSTEM_TITLES.asyncio, program.asyncio, spanMs, width, terminal);
    const right = panel(SYSTEM_TITLES.weir, program.weir, spanMs, width, terminal);
    const lines = beside
      ? Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
          const [a, b] = [left[index] ?? blank(width), right[index] ?? blank(0)];
          return `${INDENT}${a.text}${' '.repeat(Math.max(0, width - a.cells))}${GAP}${b.text}`.trimEnd();
        })
      : [...left, ...right].map(({ text }) => `${INDENT}${text}`.trimEnd());
    const description = fit(printable(program.description), terminal.columns - widthOf(program.name) - 2);
    return [
      `${paint(terminal, 'bold', program.name)}  ${paint(terminal, 'dim', description)}`,
      ...lines,
    ].join('\n');
  });
  return [...blocks, KEY_TO_BARS].join('\n\n');
}

const COLUMNS_FOR_ALL_TIMES = 110;
const COLUMNS_FOR_TWO = 80;
const INDENT = '  ';
const GAP = '   ';
const TIME_CELLS = 8;
const RESULT_CELLS = 12;
const KEY_TO_BARS = '  ┣━ read   ▐█ compute   ░▒ write';

const CELLS: Record<DemoBar['kind'], readonly [string, string]> = {
  read: READ_CELLS,
  compute: COMPUTE_CELLS,
  write: ['░', '▒'],
};
const STYLES: Record<DemoBar['kind'], Style> = { read: 'blue', compute: 'yellow', write: 'magenta' };

function firstAndLast(calls: readonly DemoCall[]): string {
  const seconds = calls.map(({ doneMs }) => doneMs / 1000);
  if (seconds.length === 0) return 'nothing done';
  return `${Math.min(...seconds).toFixed(1)}–${Math.max(...seconds).toFixed(1)} s`;
}

/** Colour codes take no cells, so the width is kept separately. */
interface Line {
  readonly text: string;
  readonly cells: number;
}

function panel(
  title: string,
  calls: readonly DemoCall[],
  spanMs: number,
  width: number,
  terminal: Terminal,
): Line[] {
  const results = calls.some(({ result }) => result !== undefined);
  const columns = width - TIME_CELLS - (results ? RESULT_CELLS + 1 : 0);
  return [
    { text: paint(terminal, 'dim', title), cells: title.length },
    ...calls.map(({ bars, doneMs, result = '' }) => {
      const time = `${(doneMs / 1000).toFixed(1)} s`.padStart(TIME_CELLS);
      const shown = results ? ` ${padEnd(fit(printable(result), RESULT_CELLS), RESULT_CELLS)}` : '';
      const drawn = drawBars(bars, spanMs, columns, terminal);
      return { text: `${drawn}${time}${shown}`, cells: columns + TIME_CELLS + widthOf(shown) };
    }),
  ];
}

/** The bars of one call do not overlap, so each kind is drawn on its own cells of the row. */
function drawBars(bars: readonly DemoBar[], spanMs: number, columns: number, terminal: Terminal): string {
  const cells = new Array<string>(columns).fill(' ');
  for (const bar of bars) {
    [...laneCells([bar], spanMs, columns, CELLS[bar.kind])].forEach((character, index) => {
      if (character !== ' ') cells[index] = paint(terminal, STYLES[bar.kind], character);
    });
  }
  return cells.join('');
}

function blank(cells: number): Line {
  return { text: ' '.repeat(cells), cells };
}
