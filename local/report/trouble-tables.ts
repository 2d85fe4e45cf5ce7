/** Problems of a run as tables of text: given up, stopped, skipped and failed. */
import type { KeyItem } from '../../functions/state.ts';
import { describeWaiting } from '../../operate/waiting.ts';
import type { Summary } from './run-record.ts';
import type { Terminal } from './terminal.ts';
import { type Column, renderTable } from './text-table.ts';
import { skippedReadings } from './troubles.ts';
import { formatCount } from './units.ts';

/** No lines if there are no problems. */
export function troubleTables(
  { deadLetters, refusals, failures, stopped, waiting }: Summary,
  items: readonly KeyItem[],
  terminal: Terminal,
): { title: string; lines: string[] }[] {
  const table = (title: string, columns: readonly Column[], rows: readonly string[][]) => ({
    title: rows.length > ROWS_MAX ? `${title} (the first ${ROWS_MAX} of ${formatCount(rows.length)})` : title,
    lines: rows.length === 0 ? [] : renderTable(columns, rows.slice(0, ROWS_MAX), terminal),
  });
  return [
    table(
      'Dead letters',
      [STAGE, number('count'), number('attempts'), REASON],
      deadLetters.map(({ stage, count, attempts, reason }) => [
        stage,
        formatCount(count),
        formatCount(attempts),
        reason,
      ]),
    ),
    table(
      'Stopped keys',
      [KEY, REASON],
      stopped.map(({ key, reason }) => [key, reason]),
    ),
    table(
      'Keys that wait for a place',
      [KEY, number('parked'), { title: 'what for' }],
      waiting.map((each) => [each.key, formatCount(each.parked), describeWaiting(each)]),
    ),
    table(
      'Skipped by the pipeline',
      [KEY, number('readings'), { title: 'newest reason' }],
      skippedReadings(items).map(({ key, skipped, reason }) => [key, formatCount(skipped), reason]),
    ),
    table(
      'Refused by the source, read again later',
      [{ title: 'source', width: 60 }, number('reads')],
      refusals.map(({ source, refused }) => [source, formatCount(refused)]),
    ),
    table(
      'Failed attempts',
      [STAGE, number('messages'), REASON],
      failures.map(({ stage, messages, reason }) => [stage, formatCount(messages), reason]),
    ),
  ];
}

/** The failures that chaos caused in a run (local/chaos.ts), as text. */
export function chaosTable(counts: Readonly<Record<string, number>>): string[] {
  const rows = Object.entries(counts).map(
    ([kind, count]) => [CHAOS[kind] ?? kind, formatCount(count)] as const,
  );
  const width = Math.max(0, ...rows.map(([words]) => words.length));
  const countWidth = Math.max(0, ...rows.map(([, count]) => count.length));
  return rows.map(([words, count]) => `  ${words.padEnd(width)}  ${count.padStart(countWidth)}`);
}

const CHAOS: Readonly<Record<string, string>> = {
  refused: 'AWS calls refused',
  delayed: 'AWS calls delayed',
  cutBefore: 'connections cut before the call was carried out',
  cutAfter: 'connections cut after it, before the answer came',
  killed: 'functions killed in the middle',
  entry: 'single messages of a batch not taken by SQS',
  lapsed: 'messages visible again while they were worked on',
};

const ROWS_MAX = 20;
const STAGE: Column = { title: 'stage' };
const KEY: Column = { title: 'key', width: 30 };
const REASON: Column = { title: 'reason' };

function number(title: string): Column {
  return { title, align: 'right' };
}
