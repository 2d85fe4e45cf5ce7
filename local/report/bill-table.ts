/** The bill of a run as text: one line for each billed item, with its usage and cost. */
import type { Bill } from '../bill/bill.ts';
import { paint, type Terminal } from './terminal.ts';
import { renderTable } from './text-table.ts';
import { formatCount } from './units.ts';

export function renderBill(bill: Bill, terminal: Terminal): string {
  const rows = bill.lines.map(({ title, detail, quantity, usd, perMillionUsd }) => [
    title,
    detail,
    formatQuantity(quantity),
    usd.toFixed(6),
    perMillionUsd.toFixed(3),
  ]);
  const total = ['total', '', '', bill.totalUsd.toFixed(6), bill.perMillionUsd.toFixed(3)];
  const table = renderTable(
    [
      { title: 'billed' },
      { title: 'by' },
      { title: 'quantity', align: 'right' },
      { title: 'USD', align: 'right' },
      { title: 'USD per million readings', align: 'right' },
    ],
    [...rows, total],
    terminal,
  );
  return [
    paint(terminal, 'bold', 'What this run would have cost on AWS'),
    ...table,
    ...notesOf(bill).map((note) => paint(terminal, 'dim', `  ${note}`)),
  ].join('\n');
}

function notesOf({ region, date, terms, idleUsdPerHour }: Bill): string[] {
  return [
    `${region}, ${date}. ${terms}`,
    'Durations are those of this machine, starts of environments included.',
    `While nothing happens, polling costs ${idleUsdPerHour.toFixed(6)} USD an hour, ${(idleUsdPerHour * HOURS_PER_MONTH).toFixed(2)} USD a month.`,
    'Not in it: storage, logs, alarms, what the reads and writes of the pipeline cost elsewhere.',
  ];
}

const HOURS_PER_MONTH = 730;

function formatQuantity(quantity: number): string {
  return Number.isInteger(quantity) ? formatCount(quantity) : quantity.toFixed(3);
}
