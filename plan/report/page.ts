/** The plan as an HTML page: the verdict, a chart of the latency, a chart of the limits, and the bill. */
import { renderHtmlTable } from '../../local/report/html-table.ts';
import { renderPage } from '../../local/report/page.ts';
import { SHAPE_STYLE } from '../../local/report/palette.ts';
import { escapeMarkup } from '../../local/report/printable.ts';
import { label, px } from '../../local/report/svg.ts';
import { formatDuration } from '../../local/report/units.ts';
import type { Bill } from '../bill.ts';
import type { Limit } from '../limit.ts';
import type { Plan } from '../plan.ts';
import { backfillRows, backfillTexts } from './backfill.ts';
import { type Bin, histogram, planTimes } from './latency.ts';
import { describeInUse, headroomRows, splitRows } from './text.ts';
import { firstText, formatAmount, formatUsd, notes, verdictText } from './verdict.ts';

export function renderPlanPage(plan: Plan): string {
  const { forecast, workload, settings, needed, limits } = plan;
  const title = `Plan: ${workload.name}`;
  const times = planTimes(plan);
  const body = [
    `<p class="kicker">weir plan</p><h1>${escapeMarkup(title)}</h1>`,
    `<section class="card"><p>${escapeMarkup(verdictText(plan))}</p><p>${escapeMarkup(firstText(plan))}</p></section>`,
    forecast === undefined
      ? ''
      : figure(
          'How long from a request to its commit',
          (width) => latencySvg(histogram(forecast.outcome.measured.total), width),
          'The height of a bar is the share of readings; the scale of time is logarithmic.',
        ),
    figure('How much of each limit is used', (width) => usageSvg(limits, width)),
    renderHtmlTable(
      'Settings',
      ['setting', 'needed', 'simulated'],
      [
        ['readersMax', needed.readers, settings.readers],
        ['readsPerInvocation', needed.readsPerInvocation, settings.readsPerInvocation],
        ['computesMax', needed.computes, settings.computes],
      ],
      describeInUse(plan).join(' '),
    ),
    renderHtmlTable(
      'Latency',
      ['stage', 'p50', 'p90', 'p99'],
      times.map(({ name, p50, p90, p99 }) => [name, ...[p50, p90, p99].map(formatDuration)]),
    ),
    renderHtmlTable(
      'Headroom',
      ['limit', 'used', 'of', 'share', 'at readings/s', 'unit', 'kind'],
      headroomRows(limits),
    ),
    workload.part === undefined
      ? ''
      : renderHtmlTable(
          'Stacks',
          ['limit', 'counts for', 'with 1 stack, readings/s', `with ${workload.part.stacks}`],
          splitRows(plan, workload.part),
        ),
    forecast === undefined ? '' : billTable(forecast.bill),
    backfillTable(plan),
    `<footer>${notes(plan)
      .map((note) => `<p>${escapeMarkup(note)}</p>`)
      .join('')}</footer>`,
  ];
  return renderPage(title, body.filter((part) => part !== '').join('\n'));
}

function backfillTable(plan: Plan): string {
  const { backfill } = plan;
  if (backfill === undefined) return '';
  const head = ['item', 'once', 'unit', 'USD'];
  return renderHtmlTable('Backfill', head, backfillRows(backfill), backfillTexts(plan, backfill).join(' '));
}

function billTable(bill: Bill): string {
  return renderHtmlTable(
    'Bill of a month',
    ['item', 'quantity', 'unit', 'USD'],
    [
      ...bill.items.map(({ item, quantity, unit, usd }) => [
        item,
        formatAmount(quantity),
        unit,
        formatUsd(usd),
      ]),
      ['total', '', '', formatUsd(bill.usdPerMonth)],
      ['per million readings', '', '', bill.usdPerMillionReadings.toPrecision(3)],
    ],
    `${bill.region}, ${bill.date}. ${bill.terms} Left out: logs, alarms, network, and what read and write call.`,
  );
}

const WIDE = 900;
const NARROW = 300;

/** Draws the chart twice, because a wide one that is scaled down for a phone would be too small to read. */
function figure(title: string, draw: (width: number) => string, note = ''): string {
  const caption = note === '' ? '' : `<p class="note">${note}</p>`;
  return `<section class="card"><h2>${title}</h2>${caption}<figure style="margin:0"><div class="wide">${draw(WIDE)}</div><div class="narrow">${draw(NARROW)}</div></figure></section>`;
}

function svgOf(width: number, height: number, title: string, shapes: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}">`,
    `<style>${SHAPE_STYLE}text{font-family:system-ui,sans-serif}</style>`,
    ...shapes,
    '</svg>',
  ].join('');
}

const PLOT_HEIGHT = 150;

/** A histogram on a logarithmic scale of time. */
export function latencySvg(bins: readonly Bin[], width = WIDE): string {
  const [first] = bins;
  const last = bins.at(-1);
  if (first === undefined || last === undefined) return svgOf(width, 20, 'no reading was committed', []);
  const span = Math.log10(last.toMs / first.fromMs);
  const toX = (ms: number) => (Math.log10(ms / first.fromMs) / span) * width;
  const top = Math.max(...bins.map(({ share }) => share));
  const bars = bins.map(({ fromMs, toMs, share }) => {
    const height = (share / top) * PLOT_HEIGHT;
    const tip = `${formatDuration(fromMs)} to ${formatDuration(toMs)}: ${(share * 100).toFixed(1)} %`;
    return `<rect class="f-read" x="${px(toX(fromMs))}" y="${px(PLOT_HEIGHT - height)}" width="${px(Math.max(1, toX(toMs) - toX(fromMs) - 1))}" height="${px(height)}"><title>${tip}</title></rect>`;
  });
  const inside = TICKS_MS.filter((ms) => toX(ms) > TICK_WIDTH / 2 && toX(ms) < width - TICK_WIDTH / 2);
  const ticks = inside.map((ms) =>
    label(formatDuration(ms), toX(ms), PLOT_HEIGHT + 18, { className: 'f-muted', anchor: 'middle' }),
  );
  const ground = `<path class="s-line" fill="none" d="M0 ${PLOT_HEIGHT}H${width}"/>`;
  const title = 'distribution of the time from request to commit';
  return svgOf(width, PLOT_HEIGHT + 26, title, [...bars, ground, ...ticks]);
}

const TICKS_MS = [1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5, 1e6];
/** Width of the text below a tick. */
const TICK_WIDTH = 50;

/** A bar per limit; its track ends where the limit is reached. On a narrow chart the name is above its bar. */
export function usageSvg(limits: readonly Limit[], width = WIDE): string {
  const narrow = width < 600;
  const left = narrow ? 0 : 230;
  const room = width - left - 80;
  const row = narrow ? 40 : 24;
  const rows = limits.map(({ name, used, limit }, index) => {
    const share = used / limit;
    const y = index * row + (narrow ? 18 : 0);
    const bar = (className: string, length: number) =>
      `<rect class="${className}" x="${left}" y="${y + 3}" width="${px(length)}" height="16"/>`;
    return [
      label(name, 0, narrow ? y - 3 : y + 15),
      bar('f-track', room),
      bar(share > 1 ? 'f-failed' : 'f-compute', Math.max(1, Math.min(1, share) * room)),
      label(`${formatAmount(share * 100)} %`, left + room + 8, y + 15, { className: 'f-muted' }),
    ].join('');
  });
  return svgOf(width, limits.length * row, 'share of each limit in use', rows);
}
