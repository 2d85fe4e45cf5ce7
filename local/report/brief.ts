/**
 * A finished run in about twenty-five lines: the picture, the busiest keys, the totals, what was not applied
 * and why, the time and the cost. `weir run --verbose` prints every table instead (tables.ts).
 */
import type { KeyItem } from '../../functions/state.ts';
import { describeWaiting } from '../../operate/waiting.ts';
import type { Bill } from '../bill/bill.ts';
import { fit, padEnd, printable, widthOf, wrap } from './printable.ts';
import type { RunRecord, Summary } from './run-record.ts';
import { busiestKeys, describeWakes, verdict } from './tables.ts';
import { paint, type Terminal } from './terminal.ts';
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
  const found = verdict(summary);
  // The keys in the order of the states below.
  const timeline = { ...drawn, keys: drawn.keys.toSorted((a, b) => b.readings - a.readings) };
  return [
    ...renderTextTimeline(timeline, terminal, KEYS_SHOWN).trimEnd().split('\n'),
    ...states(summary, record.items, terminal),
    ...wrap(totals(summary), terminal.columns),
    ...wrap(found.text, terminal.columns).map((line) => paint(terminal, found.style, line)),
    ...describeWakes(summary).flatMap((text) => wrap(text, terminal.columns)),
    ...troubles(summary, record.items, terminal),
    ...wrap(time(summary), terminal.columns),
    ...firsts(summary),
    ...wrap(cost(summary.bill), terminal.columns),
  ].join('\n');
}

const KEYS_SHOWN = 3;
const REASONS_SHOWN = 3;
/** Lines that a reason takes at most. */
const REASON_LINES_MAX = 3;

function states(summary: Summary, items: readonly KeyItem[], terminal: Terminal): string[] {
  const { rows } = busiestKeys(summary, items, KEYS_SHOWN);
  const nameCells = Math.floor(terminal.columns / 3);
  const names = rows.map(({ key }) => fit(printable(key), nameCells));
  const width = Math.max(0, ...names.map(widthOf));
  return rows.map(({ state }, index) =>
    fit(`  ${padEnd(names[index] ?? '', width)}  ${printable(state)}`, terminal.columns),
  );
}

function totals({
  requests,
  backfill,
  made,
  readings,
  applied,
  skipped,
  deadLettered,
  outputs,
}: Summary): string {
  const became = [
    `${formatCount(applied)} applied`,
    `${formatCount(skipped)} skipped`,
    formatCountOf(deadLettered, 'dead letter'),
  ].join(', ');
  const parts = [
    ...(backfill === undefined
      ? []
      : [`live ${formatCount(requests - backfill)}, backfill ${formatCount(backfill)}`]),
    ...(made === undefined ? [] : [`${formatCount(made)} made in the run`]),
  ];
  const lanes = parts.length === 0 ? '' : ` (${parts.join('; ')})`;
  return `${formatCountOf(requests, 'request')}${lanes}, ${formatCountOf(readings, 'reading')}: ${became}; ${formatCountOf(outputs, 'output')}.`;
}

/** Each kind of trouble with its first reasons and the number of the others. */
function troubles(
  { deadLetters, stopped, waiting, refusals, needlessSources, failures, failedOutputs }: Summary,
  items: readonly KeyItem[],
  terminal: Terminal,
): string[] {
  const { columns } = terminal;
  const told = (title: string, reasons: readonly string[], style?: 'red'): string[] => {
    const more = reasons.length - REASONS_SHOWN;
    const lines = reasons
      .slice(0, REASONS_SHOWN)
      .flatMap((reason) => wrap(fit(`${title}: ${printable(reason)}`, columns * REASON_LINES_MAX), columns));
    return [
      ...lines.map((line) => (style === undefined ? line : paint(terminal, style, line))),
      ...(more > 0 ? [paint(terminal, 'dim', `  … ${formatCount(more)} more (--verbose)`)] : []),
    ];
  };
  const dead = deadLetters.map(({ stage, count, reason }) => `${formatCount(count)} × ${stage}: ${reason}`);
  const outputs = failedOutputs === 0 ? [] : [formatCountOf(failedOutputs, 'output')];
  const stops = stopped.map(({ key, reason }) => `${key}: ${reason}`);
  return [
    ...told('Dead letter', dead, 'red'),
    ...told('Undelivered', outputs, 'red'),
    ...told('Stopped key', stops, 'red'),
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
      'Refused',
      refusals.map(
        ({ source, refused }) => `${formatCountOf(refused, 'read')} by ${source}, read again later`,
      ),
    ),
    ...told('Sources', needlessSources === undefined ? [] : [needlessSources]),
    ...told(
      'Failed attempts',
      failures.map(({ stage, messages, reason }) => `${formatCount(messages)} × ${stage}: ${reason}`),
    ),
  ];
}

function time({ makespanMs, sequentialMs, speedup }: Summary): string {
  return `Took ${formatDuration(makespanMs)}, one after the other ${formatDuration(sequentialMs)} (${formatRatio(speedup)} times).`;
}

function firsts({ first }: Summary): string[] {
  const all = Object.entries(first).map(([what, ms]) => `${what} ${formatDuration(ms)}`);
  return all.length === 0 ? [] : [`First ${all.join(', ')}.`];
}

function cost({ totalUsd, perMillionUsd }: Bill): string {
  return `On AWS: ${totalUsd.toFixed(6)} USD, ${perMillionUsd.toFixed(3)} USD per million readings (bill: --verbose).`;
}
