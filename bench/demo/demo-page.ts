/** The demo's comparison as a page: one card for each program, with both schedules on the same time axis. */

import { renderPage } from '../../local/report/page.ts';
import { SHAPE_STYLE } from '../../local/report/palette.ts';
import { escapeMarkup } from '../../local/report/printable.ts';
import { label, px, type Scale } from '../../local/report/svg.ts';
import { timeTicks } from '../../local/report/units.ts';
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

export function renderDemoPage(programs: readonly DemoProgram[], scale: number): string {
  return renderPage(
    'Weir beside asyncio',
    [
      '<header><p class="kicker">Weir · read wide, compute narrow</p><h1>Beside asyncio</h1></header>',
      table(programs, scale),
      ...programs.map(card),
      `<style>${SHAPE_STYLE}${DEMO_STYLE}</style>`,
    ].join('\n'),
  );
}

const DEMO_STYLE = `
.card p{margin:0 0 12px;color:var(--muted)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:20px 28px}
.pair figure{margin:0;min-width:0}
.pair figcaption{display:flex;gap:12px;justify-content:space-between;align-items:baseline;margin:0 0 6px;max-width:none;font-size:14px}
.pair b{color:var(--text)}
.halo{paint-order:stroke;stroke:var(--card);stroke-width:4px}
.key{display:inline-block;width:12px;height:10px;border-radius:2px;margin:0 5px 0 12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.key:first-child{margin-left:0}
td.done{text-align:left}
`;

const KINDS: readonly DemoBar['kind'][] = ['read', 'compute', 'write'];

function table(programs: readonly DemoProgram[], scale: number): string {
  const rows = programs.map((program) => {
    const { name, limitMs, asyncio, weir } = program;
    return `<tr><th scope="row">${escapeMarkup(name)}</th><td>${(limitMs / 1000).toFixed(1)} s</td><td class="done">${doneTimes(asyncio)}</td><td>${ratioToLimit(asyncio, program)}</td><td class="done">${doneTimes(weir)}</td><td><b>${ratioToLimit(weir, program)}</b></td></tr>`;
  });
  const key = KINDS.map((kind) => `<span class="key" style="background:var(--${kind})"></span>${kind}`).join(
    '',
  );
  return `<section class="card"><p>Five calls each. The limit is the lower bound of the schedule. ${escapeMarkup(describeOrigin(scale).join(' '))}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table><thead><tr><th scope="col">program</th><th scope="col">limit</th><th scope="col" class="state">asyncio done at</th><th scope="col">/ limit</th><th scope="col" class="state">Weir done at</th><th scope="col">/ limit</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
<p style="margin:12px 0 0">${key}<span class="key" style="background:none;border-left:2px dashed var(--muted);border-radius:0;width:2px"></span>limit</p></section>`;
}

function card(program: DemoProgram): string {
  const spanMs = Math.max(makespanOf(program.asyncio), makespanOf(program.weir), program.limitMs);
  return `<section class="card"><h2>${escapeMarkup(program.name)}</h2><p>${escapeMarkup(program.description)}</p>
<div class="pair">${side(SYSTEM_TITLES.asyncio, program.asyncio, program, spanMs)}${side(SYSTEM_TITLES.weir, program.weir, program, spanMs)}</div></section>`;
}

function side(system: string, calls: readonly DemoCall[], program: DemoProgram, spanMs: number): string {
  return `<figure><figcaption><b>${system}</b><span>${(makespanOf(calls) / 1000).toFixed(1)} s · ${ratioToLimit(calls, program)} × the limit</span></figcaption>${picture(system, calls, program, spanMs)}</figure>`;
}

const WIDTH = 430;
const ROW = 26;
const LEFT = 4;
const RIGHT_OF_BARS = 60;
const RESULT_WIDTH_MAX = 180;
const CHARACTER_WIDTH = 6.6;

function picture(system: string, calls: readonly DemoCall[], program: DemoProgram, spanMs: number): string {
  const results = [...program.asyncio, ...program.weir].map(({ result = '' }) => result.length);
  const resultWidth = Math.min(RESULT_WIDTH_MAX, Math.max(0, ...results) * CHARACTER_WIDTH);
  const right = WIDTH - RIGHT_OF_BARS - resultWidth;
  const toX: Scale = (ms) => LEFT + (spanMs === 0 ? 0 : (ms / spanMs) * (right - LEFT));
  const bottom = calls.length * ROW + 4;
  const ticks = timeTicks(spanMs, resultWidth > 0 ? 3 : 6);
  const grid = ticks.map(({ ms }) => `M${px(toX(ms))} 0V${px(bottom + 4)}`).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 22}" role="img" aria-label="${escapeMarkup(`${program.name}, ${system}: done at ${doneTimes(calls)}`)}">`,
    `<path class="s-line" fill="none" d="${grid}"/>`,
    `<path class="s-muted" fill="none" stroke-width="1.5" stroke-dasharray="4 3" d="M${px(toX(program.limitMs))} 0V${px(bottom + 4)}"/>`,
    ...calls.map((call, index) => drawCall(call, index * ROW + 4, toX)),
    ...ticks.map(({ ms, label: text }, index) =>
      label(text, toX(ms), bottom + 17, {
        className: 'f-muted',
        size: 11,
        anchor: index === 0 ? 'start' : 'middle',
      }),
    ),
    '</svg>',
  ].join('');
}

function drawCall({ bars, doneMs, result }: DemoCall, y: number, toX: Scale): string {
  const height = ROW - 8;
  const told = `${(doneMs / 1000).toFixed(1)} s${result === undefined ? '' : `  ${result}`}`;
  return [
    ...bars.map(({ kind, start, end }) => {
      const x = toX(start);
      const title = `${kind}: ${(start / 1000).toFixed(2)} to ${(end / 1000).toFixed(2)} s`;
      return `<rect class="f-${kind}" x="${px(x)}" y="${y}" width="${px(Math.max(1, toX(end) - x - 1))}" height="${height}" rx="3"><title>${title}</title></rect>`;
    }),
    `<circle class="f-text" cx="${px(toX(doneMs))}" cy="${y + height / 2}" r="4"/>`,
    label(told, toX(doneMs) + 9, y + height / 2 + 4, { className: 'f-text halo', size: 12 }),
  ].join('');
}
