/**
 * A finished run as text: the outcome of each key's readings, what could not be used and why, the cost in
 * calls, and the time compared with a sequential run.
 */
import { isRecord } from '../../functions/json.ts';
import type { KeyItem } from '../../functions/state.ts';
import { padEnd, widthOf } from './printable.ts';
import { countOf, type Summary } from './run-record.ts';
import { paint, type Terminal } from './terminal.ts';
import { type Column, renderTable } from './text-table.ts';
import { troubleTables } from './trouble-tables.ts';
import { formatCount, formatCountOf, formatDuration, formatRatio } from './units.ts';

export function renderTables(summary: Summary, items: readonly KeyItem[], terminal: Terminal): string {
  const sections = [
    section('Keys', keysTable(summary, items, terminal), terminal),
    section('Totals', totals(summary, terminal), terminal),
    ...troubleTables(summary, items, terminal).map(({ title, lines }) => section(title, lines, terminal)),
    section('AWS calls', callsTable(summary, terminal), terminal),
    section('Time', times(summary, terminal), terminal),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flat()
    .join('\n');
}

const KEYS_SHOWN = 20;

export interface KeyRow {
  readonly key: string;
  readonly item: KeyItem;
  readonly state: string;
}

/** The keys with the most readings, and the sum of the others. */
export function busiestKeys(
  summary: Summary,
  items: readonly KeyItem[],
  shown = KEYS_SHOWN,
): { rows: KeyRow[]; rest: string | undefined } {
  const sorted = [...items].sort((a, b) => countOf(b.counts) - countOf(a.counts) || (a.key < b.key ? -1 : 1));
  const others = sorted.slice(shown);
  const readings = others.reduce((total, { counts }) => total + countOf(counts), 0);
  return {
    rows: sorted
      .slice(0, shown)
      .map((item) => ({ key: item.key, item, state: describeState(summary.keys[item.key]) })),
    rest:
      others.length === 0
        ? undefined
        : `… ${formatCount(others.length)} more ${others.length === 1 ? 'key' : 'keys'}, ${formatCountOf(readings, 'reading')}`,
  };
}

/** The scalar fields of a state on one line; for nested values, their size. */
export function describeState(state: unknown): string {
  if (!isRecord(state)) return describeValue(state);
  return Object.entries(state)
    .map(([name, value]) => `${name} ${describeValue(value)}`)
    .join(' · ');
}

function describeValue(value: unknown): string {
  if (Number.isSafeInteger(value)) return formatCount(Number(value));
  if (Array.isArray(value)) return `[${value.length}]`;
  if (isRecord(value)) return `{${Object.keys(value).length}}`;
  return typeof value === 'string' ? value : String(value);
}

function section(title: string, lines: readonly string[], terminal: Terminal): string[] {
  return lines.length === 0 ? [] : [paint(terminal, 'bold', title), ...lines, ''];
}

function keysTable(summary: Summary, items: readonly KeyItem[], terminal: Terminal): string[] {
  const { rows, rest } = busiestKeys(summary, items);
  if (rows.length === 0) return [];
  const dead = items.some(({ counts }) => counts.dead > 0);
  const columns: Column[] = [
    { title: 'key', width: Math.floor(terminal.columns / 3) },
    { title: 'applied', align: 'right' },
    { title: 'skipped', align: 'right' },
    ...(dead ? [{ title: 'dead', align: 'right' } as const] : []),
    { title: 'version', align: 'right' },
    { title: 'state' },
  ];
  const table = renderTable(
    columns,
    rows.map(({ key, item: { counts, version }, state }) => [
      key,
      formatCount(counts.applied),
      formatCount(counts.skipped),
      ...(dead ? [formatCount(counts.dead)] : []),
      formatCount(version),
      state,
    ]),
    terminal,
  );
  return rest === undefined ? table : [...table, paint(terminal, 'dim', `  ${rest}`)];
}

function totals(summary: Summary, terminal: Terminal): string[] {
  const lines = alignPairs([
    ['requests', formatCount(summary.requests)],
    ...(summary.backfill === undefined ? [] : [['of the backfill', formatCount(summary.backfill)] as const]),
    ...(summary.made === undefined ? [] : [['made in the run', formatCount(summary.made)] as const]),
    ['readings', formatCount(summary.readings)],
    ['applied', formatCount(summary.applied)],
    ['skipped', formatCount(summary.skipped)],
    ['outputs', formatCount(summary.outputs)],
    ['dead letters', formatCount(summary.deadLettered)],
  ]);
  if (summary.failedOutputs > 0) {
    lines.push(paint(terminal, 'red', `  ${formatCountOf(summary.failedOutputs, 'output')} undelivered`));
  }
  lines.push(...describeWakes(summary).map((text) => `  ${text}`));
  const { style, text } = verdict(summary);
  return [...lines, paint(terminal, style, `  ${text}`)];
}

/** Whether everything is accounted for. */
export function verdict(summary: Summary): { style: 'red' | 'green'; text: string } {
  if (!summary.complete) return { style: 'red', text: describeMissing(summary) };
  return { style: 'green', text: 'Every request and every reading is accounted for.' };
}

/** Wakes that the run did not wait for. */
export function describeWakes({ wakes: { later, next } }: Summary): string[] {
  if (next === undefined) return [];
  const at = `${new Date(next).toISOString().slice(0, 19)}Z`;
  return [`${formatCountOf(later, 'wake')} ${later === 1 ? 'is' : 'are'} due later, the next at ${at}.`];
}

/**
 * Whether an error kept something from being applied or written. A reading that the pipeline skips by its own
 * rule is not an error.
 */
export function hasSetAside({ deadLettered, failedOutputs, stopped }: Summary): boolean {
  return deadLettered + failedOutputs + stopped.length > 0;
}

/** How to continue after errors that kept something from being applied or written; undefined if there were none. */
export function describeNextStep(
  { deadLettered, failedOutputs, stopped }: Summary,
  stays: boolean,
): string | undefined {
  const commands = [
    ...(deadLettered + failedOutputs > 0 ? ['"npx weir dead list"'] : []),
    ...(stopped.length > 0 ? ['"npx weir stopped list"'] : []),
  ].join(' and ');
  if (commands === '') return undefined;
  return stays
    ? `To see what was set aside, type ${commands} in another terminal.\n` +
        'If your code was at fault: press Ctrl-C, fix it and run again. A run keeps the code it began with.'
    : 'If your code was at fault: fix it and run again. Each run starts from nothing.\n' +
        `If it was something else: run with --stay, then type ${commands} in another terminal.`;
}

/** What is missing from an incomplete run, and where it may be. */
export function describeMissing({ unaccounted: { requests, readings }, parked, stopped }: Summary): string {
  const missing = [
    ...(requests === 0 ? [] : [formatCountOf(requests, 'request')]),
    ...(readings === 0 ? [] : [formatCountOf(readings, 'reading')]),
  ];
  const messages = parked === 0 ? '' : ` Parked: ${formatCountOf(parked, 'message')}.`;
  const keys = stopped.length === 0 ? '' : ` Stopped: ${formatCountOf(stopped.length, 'key')}.`;
  return `Not accounted for: ${missing.join(', ')}.${messages}${keys}`;
}

function callsTable({ calls, emptyReceives, readings }: Summary, terminal: Terminal): string[] {
  const operations = Object.entries(calls).sort(([, a], [, b]) => b - a);
  if (operations.length === 0) return [];
  const table = renderTable(
    [{ title: 'operation' }, { title: 'calls', align: 'right' }, { title: 'per reading', align: 'right' }],
    operations.map(([name, count]) => [
      name,
      formatCount(count),
      readings === 0 ? '' : (count / readings).toFixed(3),
    ]),
    terminal,
  );
  if (emptyReceives === 0) return table;
  return [...table, paint(terminal, 'dim', `  ${formatCountOf(emptyReceives, 'receive')} found nothing`)];
}

function times({ makespanMs, sequentialMs, speedup, first }: Summary, terminal: Terminal): string[] {
  return [
    ...alignPairs([
      ...Object.entries(first).map(([what, ms]) => [`first ${what}`, formatDuration(ms)] as const),
      ['makespan', formatDuration(makespanMs)],
      ['one after the other', formatDuration(sequentialMs)],
      ['speed-up', `${formatRatio(speedup)} times`],
    ]),
    paint(terminal, 'dim', '  (every successful read and every computation, added up)'),
  ];
}

function alignPairs(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => widthOf(name)));
  const valueWidth = Math.max(...pairs.map(([, value]) => widthOf(value)));
  return pairs.map(([name, value]) => `  ${padEnd(name, width)}  ${value.padStart(valueWidth)}`);
}
