/** The plan as text: the verdict first, then settings, times, headroom and bill. */
import { paint, type Style, type Terminal } from '../../local/report/terminal.ts';
import { type Column, renderTable } from '../../local/report/text-table.ts';
import { formatCount, formatDuration } from '../../local/report/units.ts';
import type { BackfillPlan } from '../backfill.ts';
import type { Bill } from '../bill.ts';
import type { Limit } from '../limit.ts';
import type { Plan } from '../plan.ts';
import { splitLimits } from '../stacks.ts';
import { type Part, shapeOf, type Workload } from '../workload.ts';
import { backfillRows, backfillTexts } from './backfill.ts';
import { planTimes } from './latency.ts';
import { firstText, formatAmount, formatRate, formatUsd, notes, verdictText } from './verdict.ts';

export function renderPlan(plan: Plan, terminal: Terminal): string {
  const { forecast, workload } = plan;
  const style: Style = plan.verdict === 'fits' ? 'green' : plan.verdict === 'never' ? 'red' : 'yellow';
  return [
    paint(terminal, 'bold', `Plan: ${workload.name}`),
    ...workloadLines(plan),
    '',
    ...wrap(paint(terminal, style, verdictText(plan)), terminal.columns),
    ...wrap(firstText(plan), terminal.columns),
    '',
    ...section('Settings', settingsTable(plan, terminal), terminal),
    ...(forecast === undefined ? [] : section('Latency', latencyTable(plan, terminal), terminal)),
    ...section('Headroom', headroomTable(plan.limits, terminal), terminal),
    ...(workload.part === undefined
      ? []
      : section('Stacks', stacksTable(plan, workload.part, terminal), terminal)),
    ...(forecast === undefined ? [] : section('Bill', billTable(forecast.bill, terminal), terminal)),
    ...(plan.backfill === undefined
      ? []
      : section('Backfill', backfillLines(plan, plan.backfill, terminal), terminal)),
    ...section(
      'Notes',
      notes(plan).flatMap((note) => wrap(note, terminal.columns)),
      terminal,
    ),
  ]
    .join('\n')
    .trimEnd();
}

function section(title: string, lines: readonly string[], terminal: Terminal): string[] {
  return [paint(terminal, 'bold', title), ...lines, ''];
}

function workloadLines({ workload, region }: Plan): string[] {
  const {
    requestsPerSecond,
    burst,
    readingsPerRequest,
    read,
    computeMs,
    mergeMs,
    keys,
    skew,
    order,
    limits,
  } = workload;
  const bursts =
    burst === undefined
      ? ''
      : `, ${formatRate(burst.requestsPerSecond)} for ${burst.seconds} s every ${burst.everySeconds} s`;
  return [
    `  ${formatRate(requestsPerSecond)} requests a second${bursts}, ${formatRate(readingsPerRequest)} ${readingsPerRequest === 1 ? 'reading' : 'readings'} each; ${order} order`,
    `  read ${read.description}; compute ${computeMs} ms a reading on a whole processor; ${limits.memoryMb} MB`,
    ...(mergeMs === undefined ? [] : [`  ${mergeLine(workload)}`]),
    ...(workload.part === undefined ? [] : [`  ${partLine(workload.part)}`]),
    `  ${formatAmount(keys)} ${keys === 1 ? 'key' : 'keys'}, skew ${skew}; region ${region}`,
  ];
}

function partLine({ stacks, share }: Part): string {
  return `one of ${stacks} stacks, with ${percent(share)} of all readings: the one with the hottest key`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function stacksTable(plan: Plan, part: Part, terminal: Terminal): string[] {
  const rows = splitRows(plan, part);
  return renderTable(
    [{ title: 'limit' }, { title: 'counts for' }, right('with 1 stack'), right(`with ${part.stacks}`)],
    rows,
    terminal,
  );
}

/** Rows of the table of stacks, with the readings per second of all stacks together. */
export function splitRows(plan: Plan, part: Part): string[][] {
  return splitLimits(plan.limits, part).map(({ name, scope, withOne, withAll }) => [
    name,
    scope === 'account' ? 'the account' : `a ${scope}`,
    formatRate(withOne),
    formatRate(withAll),
  ]);
}

function mergeLine(workload: Workload): string {
  const isFolded = shapeOf(workload).foldMs > 0;
  return isFolded
    ? `the reader folds, compute merges: ${workload.mergeMs} ms a partial`
    : 'merge does not help: one reading of a key in a message, a state larger than its readings, or a fold of more than commitAfterMs';
}

const right = (title: string): Column => ({ title, align: 'right' });

function settingsTable(plan: Plan, terminal: Terminal): string[] {
  const { settings, needed, forecast } = plan;
  const inUse = (used: number | undefined) => (used === undefined ? '' : formatAmount(used));
  const table = renderTable(
    [{ title: 'setting' }, right('needed'), right('simulated'), right('in use on average')],
    [
      ['readersMax', String(needed.readers), String(settings.readers), inUse(forecast?.inUse.readers)],
      ['readsPerInvocation', String(needed.readsPerInvocation), String(settings.readsPerInvocation), ''],
      ['computesMax', String(needed.computes), String(settings.computes), inUse(forecast?.inUse.computes)],
    ],
    terminal,
  );
  return [...table, ...describeInUse(plan).flatMap((text) => wrap(text, terminal.columns))];
}

/** Why more environments may be in use than are needed; empty if they are not. */
export function describeInUse({ settings, needed, forecast }: Plan): string[] {
  const more =
    forecast !== undefined &&
    (forecast.inUse.readers > needed.readers || forecast.inUse.computes > needed.computes);
  if (!more) return [];
  return [
    `In use: with the simulated settings. Messages spread over the ${formatCount(settings.readers)} readers and ` +
      `${formatCount(settings.computes)} computes that may run, so each does less, and more of them run than are needed.`,
  ];
}

function latencyTable(plan: Plan, terminal: Terminal): string[] {
  return renderTable(
    [{ title: 'stage' }, right('p50'), right('p90'), right('p99')],
    planTimes(plan).map(({ name, p50, p90, p99 }) => [name, ...[p50, p90, p99].map(formatDuration)]),
    terminal,
  );
}

/** The last column says whether the limit is unsure, or else its kind. */
export function headroomRows(limits: readonly Limit[]): string[][] {
  return limits.map(({ name, used, limit, unit, kind, confidence, reachedAt }) => [
    name,
    formatAmount(used),
    formatAmount(limit),
    `${formatAmount((used / limit) * 100)} %`,
    reachedAt === undefined ? '' : formatRate(reachedAt),
    unit,
    confidence === 'U' ? 'unsure' : kind,
  ]);
}

function headroomTable(limits: readonly Limit[], terminal: Terminal): string[] {
  return renderTable(
    [
      { title: 'limit' },
      right('used'),
      right('of'),
      right('share'),
      right('at readings/s'),
      { title: 'unit' },
      { title: 'kind' },
    ],
    headroomRows(limits),
    terminal,
  );
}

function billTable(
  { items, usdPerMonth, usdPerMillionReadings, region, date, terms }: Bill,
  terminal: Terminal,
): string[] {
  return [
    ...renderTable(
      [{ title: 'item' }, right('a month'), { title: 'unit' }, right('USD')],
      [
        ...items
          .filter(({ usd }) => usd >= 0.005)
          .map(({ item, quantity, unit, usd }) => [item, formatAmount(quantity), unit, formatUsd(usd)]),
        ['total', '', '', formatUsd(usdPerMonth)],
        ['per million readings', '', '', usdPerMillionReadings.toPrecision(3)],
      ],
      terminal,
    ),
    ...wrap(
      `${region}, ${date}. ${terms} Left out: logs, alarms, network, and what read and write call.`,
      terminal.columns,
    ),
  ];
}

function backfillLines(plan: Plan, backfill: BackfillPlan, terminal: Terminal): string[] {
  const [first, ...others] = backfillTexts(plan, backfill);
  return [
    ...wrap(first, terminal.columns),
    ...renderTable(
      [{ title: 'item' }, right('once'), { title: 'unit' }, right('USD')],
      backfillRows(backfill),
      terminal,
    ),
    ...others.flatMap((text) => wrap(text, terminal.columns)),
  ];
}

const INDENT = '  ';

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && INDENT.length + line.length + 1 + word.length > columns) {
      lines.push(INDENT + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, INDENT + line];
}
