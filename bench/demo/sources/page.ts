/** The three ways of reading as a page: for each, the reads that the source served and refused per second. */
import { renderPage } from '../../../local/report/page.ts';
import { SHAPE_STYLE } from '../../../local/report/palette.ts';
import { escapeMarkup } from '../../../local/report/printable.ts';
import { label, px } from '../../../local/report/svg.ts';
import { formatCount } from '../../../local/report/units.ts';
import { figuresOf, SAID, TITLES } from './figures.ts';
import { ALLOWED, type PlayedWay, SECONDS, total } from './play.ts';

export function renderSourcesPage(ways: readonly PlayedWay[]): string {
  const reads = ways.flatMap(({ served, refused }) =>
    served.map((done, second) => done + (refused[second] ?? 0)),
  );
  const top = Math.max(1.2 * ALLOWED, ...reads);
  return renderPage(
    'A source that pushes back',
    [
      '<header><p class="kicker">Weir · read wide, compute narrow</p><h1>A source that pushes back</h1></header>',
      table(ways),
      ...ways.map((way) => card(way, top)),
      `<style>${SHAPE_STYLE}${STYLE}</style>`,
    ].join('\n'),
  );
}

const STYLE = `
.card p{margin:0 0 12px;color:var(--muted)}
.card svg{display:block;width:100%;min-width:560px;height:auto}
.key{display:inline-block;width:12px;height:10px;border-radius:2px;margin:0 5px 0 12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.key:first-child{margin-left:0}
.key.line{background:none;border-radius:0;height:0;border-top:2px dashed var(--muted);vertical-align:middle}
`;

function table(ways: readonly PlayedWay[]): string {
  const [first = '', ...others] = TITLES;
  const head = [
    `<th scope="col">${first}</th>`,
    ...others.map((title) => `<th scope="col">${title}</th>`),
  ].join('');
  const rows = ways.map((way) => {
    const [option = '', ...figures] = figuresOf(way);
    const cells = figures
      .map((figure, index) => `<td data-column="${others[index]}">${figure}</td>`)
      .join('');
    return `<tr><th scope="row"><code>${escapeMarkup(option)}</code></th>${cells}</tr>`;
  });
  return `<section class="card"><p>${escapeMarkup(SAID)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
<p style="margin:12px 0 0"><span class="key" style="background:var(--read)"></span>served<span class="key" style="background:var(--failed)"></span>refused<span class="key line"></span>what it allows</p></section>`;
}

function card(way: PlayedWay, top: number): string {
  const { name, option } = way;
  return `<section class="card"><h2>${escapeMarkup(name)}</h2><p><code>source: ${escapeMarkup(option)}</code></p><div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(name)}">${picture(way, top)}</div></section>`;
}

const WIDTH = 900;
const LEFT = 34;
const HEIGHT = 150;
const BAR = (WIDTH - LEFT) / SECONDS;
const EVERY_SECONDS = 10;

function picture({ name, served, refused }: PlayedWay, top: number): string {
  const toY = (reads: number) => HEIGHT - (reads / top) * (HEIGHT - 12);
  const said = `${name}: ${formatCount(total(served))} served, ${formatCount(total(refused))} refused`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + 22}" role="img" aria-label="${escapeMarkup(said)}">`,
    ...served.map((done, second) => bar(second, done, refused[second] ?? 0, toY)),
    `<path class="s-line" fill="none" d="M${LEFT} ${HEIGHT}H${WIDTH}"/>`,
    `<path class="s-muted" fill="none" stroke-width="1.5" stroke-dasharray="5 4" d="M${LEFT} ${px(toY(ALLOWED))}H${WIDTH}"/>`,
    label(String(ALLOWED), LEFT - 6, toY(ALLOWED) + 4, { className: 'f-muted', size: 12, anchor: 'end' }),
    label('0', LEFT - 6, HEIGHT + 4, { className: 'f-muted', size: 12, anchor: 'end' }),
    ...Array.from({ length: SECONDS / EVERY_SECONDS }, (_, n) =>
      label(`${n * EVERY_SECONDS} s`, LEFT + n * EVERY_SECONDS * BAR, HEIGHT + 18, {
        className: 'f-muted',
        size: 12,
      }),
    ),
    '</svg>',
  ].join('');
}

/** The served reads, with the refused ones on top. */
function bar(second: number, served: number, refused: number, toY: (reads: number) => number): string {
  const x = px(LEFT + second * BAR + 1);
  const width = px(BAR - 2);
  const part = (className: string, from: number, to: number) =>
    to === from
      ? ''
      : `<rect class="${className}" x="${x}" y="${px(toY(to))}" width="${width}" height="${px(toY(from) - toY(to))}"/>`;
  const parts = `${part('f-read', 0, served)}${part('f-failed', served, served + refused)}`;
  return parts === ''
    ? ''
    : `<g>${parts}<title>second ${second + 1}: ${served} served, ${refused} refused</title></g>`;
}
