/**
 * A finished run in about twenty-five lines: the picture, the busiest keys, the totals, what was not applied
 * and why, the time and the cost. `weir run --verbose` prints every table instead (tables.ts).
 */
import type { KeyItem } from '../../functions/state.ts';
import { describeWaiting } from '../../operate/waiting.ts';
import type { Bill } from '../bill/bill.ts';
import { fit, printable, wrap } from './printable.ts';
import { type RunRecord, type Summary, seenOf } from './run-record.ts';
import { busiestKeys, describeWakes, verdict } from './tables.ts';
import { paint, type Terminal } from './terminal.ts';
import { type Column, renderTable } from './text-table.ts';
import { buildTimeline } from './timeline.ts';
import { renderTextTimeline } from './timeline-text.ts';
import { skippedReadings } from './troubles.ts';
import { formatCount, formatCountOf, formatDuration, formatRatio } from './units.ts';

export function renderBrief(
  record: RunRecord,
  summary: Summary & { bill: Bill },
  terminal: Terminal,
): string {
  const drawn = buildTimeline(record);
  // The keys in the order of the table below.
  const timeline = { ...drawn, keys: drawn.keys.toSorted((a, b) => b.readings - a.readings) };
  const keys = keysTable(summary, record.items, terminal);
  return [
    ...renderTextTimeline(timeline, terminal, KEYS_DRAWN).trimEnd().split('\n'),
    '',
    ...(keys.length === 0 ? [] : [...keys, '']),
    ...wrap(totals(summary), terminal.columns),
    ...verdict(summary).flatMap(({ style, text }) =>
      wrap(text, terminal.columns).map((line) => paint(terminal, style, line)),
    ),
    ...describeWakes(summary).flatMap((text) => wrap(text, terminal.columns)),
    ...troubles(summary, record.items, terminal),
    ...times(record, summary).flatMap((text) => wrap(text, terminal.columns)),
    ...wrap(cost(summary.bill), terminal.columns),
  ].join('\n');
}

const KEYS_DRAWN = 3;
const KEYS_SHOWN = 4;
const REASONS_SHOWN = 3;
/** Lines that a reason takes at most. */
const REASON_LINES_MAX = 3;

function keysTable(summary: Summary, items: readonly KeyItem[], terminal: Terminal): string[] {
  const { rows, rest } = busiestKeys(summary, items, KEYS_SHOWN);
  if (rows.length === 0) return [];
  const columns: Column[] = [
    { title: 'key', width: Math.floor(terminal.columns / 3) },
    { title: 'applied', align: 'right' },
    { title: 'state' },
  ];
  const cells = rows.map(({ key, item, state }) => [key, formatCount(item.counts.applied), state]);
  const table = renderTable(columns, cells, terminal);
  return rest === undefined ? table : [...table, paint(terminal, 'dim', `  ${rest}`)];
}

function totals({ requests, readings, applied, skipped, deadLettered, outputs }: Summary): string {
  const became = [
    `${formatCount(applied)} applied`,
    `${formatCount(skipped)} skipped`,
    formatCountOf(deadLettered, 'dead letter'),
  ].join(', ');
  return `${formatCountOf(requests, 'request')}, ${formatCountOf(readings, 'reading')}: ${became}; ${formatCountOf(outputs, 'output')}.`;
}

/** Each kind of trouble with its first reasons and the number of the others. */
function troubles(
  { deadLetters, stopped, waiting, failures, failedOutputs }: Summary,
  items: readonly KeyItem[],
  terminal: Terminal,
): string[] {
  const { columns } = terminal;
  const told = (title: string, reasons: readonly string[]): string[] => {
    const more = reasons.length - REASONS_SHOWN;
    return [
      ...reasons
        .slice(0, REASONS_SHOWN)
        .flatMap((reason) =>
          wrap(fit(`${title}: ${printable(reason)}`, columns * REASON_LINES_MAX), columns),
        ),
      ...(more > 0 ? [paint(terminal, 'dim', `  … ${formatCount(more)} more (--verbose)`)] : []),
    ];
  };
  return [
    ...told(
      'Dead letter',
      deadLetters.map(({ stage, count, reason }) => `${formatCount(count)} × ${stage}: ${reason}`),
    ),
    ...told('Undelivered', failedOutputs === 0 ? [] : [formatCountOf(failedOutputs, 'output')]),
    ...told(
      'Stopped key',
      stopped.map(({ key, reason }) => `${key}: ${reason}`),
    ),
    ...told(
      'Key',
      waiting.map(
        (each) => `${each.key} ${describeWaiting(each)}; parked behind it: ${formatCount(each.parked)}`,
      ),
    ),
    ...told(
      'Skipped',
      skippedReadings(items).map(
        ({ key, skipped, reason }) => `${formatCountOf(skipped, 'reading')} of ${key}: ${reason}`,
      ),
    ),
    ...told(
      'Failed attempts',
      failures.map(({ stage, messages, reason }) => `${formatCount(messages)} × ${stage}: ${reason}`),
    ),
  ];
}

function times(record: RunRecord, { makespanMs, sequentialMs, speedup }: Summary): string[] {
  const whole = `Took ${formatDuration(makespanMs)}, one after the other ${formatDuration(sequentialMs)} (${formatRatio(speedup)} times).`;
  const first = firstTimes(record).map(({ what, ms }) => `${what} after ${formatDuration(ms)}`);
  return first.length === 0 ? [whole] : [whole, `First ${first.join(', ')}.`];
}

/**
 * When the first read ended, the first computation began and the first effect was durable: this shows how
 * much the stages overlap.
 */
function firstTimes(record: RunRecord): { what: string; ms: number }[] {
  const { first } = seenOf(record);
  return (['read', 'computation', 'commit'] as const).flatMap((what) => {
    const at = first[what];
    return at === undefined ? [] : [{ what, ms: at - record.startedAt }];
  });
}

function cost({ totalUsd, perMillionUsd }: Bill): string {
  return `On AWS: ${totalUsd.toFixed(6)} USD, ${perMillionUsd.toFixed(3)} USD per million readings (--verbose prints the bill).`;
}
