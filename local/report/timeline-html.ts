/**
 * The page of a run: the figures, the picture, and the same numbers as tables. One file that needs nothing else: no
 * script, no font, no image from elsewhere. Light or dark as the reader's system is; on paper, light.
 */
import type { KeyItem } from '../../functions/state.ts';
import { renderPage } from './page.ts';
import { escapeMarkup } from './printable.ts';
import { countOf, type Summary } from './run-record.ts';
import { busiestKeys } from './tables.ts';
import type { Timeline } from './timeline.ts';
import { renderTimelineSvg } from './timeline-svg.ts';
import { formatCount, formatDuration, formatRatio } from './units.ts';

export function renderTimelinePage(timeline: Timeline, summary: Summary, items: readonly KeyItem[]): string {
  return renderPage(
    `${timeline.pipeline}: timeline`,
    [
      `<header><p class="kicker">Weir · read wide, compute narrow</p><h1>${escapeMarkup(timeline.pipeline)}</h1></header>`,
      comparison(summary),
      tiles(timeline, summary),
      figure(timeline, summary),
      keysTable(summary, items),
      deadLetters(summary),
      calls(summary),
      COUNTED,
    ].join('\n'),
  );
}

function comparison({ makespanMs, sequentialMs, speedup }: Summary): string {
  const longest = Math.max(makespanMs, sequentialMs, Number.MIN_VALUE);
  const row = (name: string, ms: number, className: string): string =>
    `<div class="race"><span>${name}</span><span class="lane"><span class="${className}" style="width:${((ms / longest) * 100).toFixed(2)}%"></span></span><b>${formatDuration(ms)}</b></div>`;
  return `<section class="card" aria-label="Time taken"><p class="big">${formatRatio(speedup)}× <small>as fast as one after the other</small></p>
${row('this run', makespanMs, 'mine')}
${row('one after the other', sequentialMs, 'other')}</section>`;
}

function tiles(timeline: Timeline, summary: Summary): string {
  const figures: [string, number][] = [
    ['requests', summary.requests],
    ['readings', summary.readings],
    ['applied', summary.applied],
    ['skipped', summary.skipped],
    ['outputs', summary.outputs],
    ['dead letters', summary.deadLettered],
    ['keys', Object.keys(summary.keys).length],
    ['reads at once', timeline.reads.length],
  ];
  return `<dl class="tiles">${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${formatCount(value)}</dd></div>`).join('')}</dl>${verdict(summary)}`;
}

function verdict({ complete, unaccounted }: Summary): string {
  if (complete) return '';
  return `<p class="alert" role="alert">Not accounted for: ${formatCount(unaccounted.requests)} requests, ${formatCount(unaccounted.readings)} readings.</p>`;
}

/** Drawn twice: a wide picture made small would have letters too small to read on a phone. */
function figure(timeline: Timeline, summary: Summary): string {
  return `<figure class="card"><div class="wide">${renderTimelineSvg(timeline, summary, { standalone: false, width: 1080 })}</div>
<div class="narrow">${renderTimelineSvg(timeline, summary, { standalone: false, width: 360 })}</div>
<figcaption>Time runs to the right. Above, each bar is one read, and reads overlap. Below, each key has a track of its own: its computations follow one another and never overlap, while other keys go on beside it. The number at the right of a track is how many readings the key folded.</figcaption></figure>`;
}

function keysTable(summary: Summary, items: readonly KeyItem[]): string {
  const { rows, rest } = busiestKeys(summary, items);
  if (rows.length === 0) return '';
  const body = rows.map(
    ({ key, item: { counts, version }, state }) =>
      `<tr><th scope="row">${escapeMarkup(key)}</th>${numbers(countOf(counts), counts.skipped, counts.dead, version)}<td class="state">${escapeMarkup(state)}</td></tr>`,
  );
  return `<section class="card"><h2>Keys</h2><div class="scroll" tabindex="0" role="region" aria-label="Keys"><table><thead><tr><th scope="col">key</th><th scope="col">readings</th><th scope="col">skipped</th><th scope="col">dead</th><th scope="col">version</th><th scope="col" class="state">state</th></tr></thead><tbody>${body.join('\n')}</tbody></table></div>${rest === undefined ? '' : `<p class="note">${escapeMarkup(rest)}</p>`}</section>`;
}

function deadLetters({ deadLetters: groups }: Summary): string {
  if (groups.length === 0) return '';
  const body = groups.map(
    ({ stage, reason, count, attempts }) =>
      `<tr><th scope="row">${escapeMarkup(stage)}</th>${numbers(count, attempts)}<td class="state">${escapeMarkup(reason)}</td></tr>`,
  );
  return `<section class="card"><h2>Dead letters</h2><div class="scroll" tabindex="0" role="region" aria-label="Dead letters"><table><thead><tr><th scope="col">stage</th><th scope="col">count</th><th scope="col">attempts</th><th scope="col" class="state">reason</th></tr></thead><tbody>${body.join('\n')}</tbody></table></div></section>`;
}

function calls({ calls: byOperation, readings, emptyReceives }: Summary): string {
  const operations = Object.entries(byOperation).sort(([, a], [, b]) => b - a);
  if (operations.length === 0) return '';
  const body = operations.map(
    ([name, count]) =>
      `<tr><th scope="row">${escapeMarkup(name)}</th>${numbers(count)}<td>${readings === 0 ? '' : (count / readings).toFixed(3)}</td></tr>`,
  );
  return `<section class="card"><h2>AWS calls</h2><div class="scroll" tabindex="0" role="region" aria-label="AWS calls"><table><thead><tr><th scope="col">operation</th><th scope="col">calls</th><th scope="col">per reading</th></tr></thead><tbody>${body.join('\n')}</tbody></table></div><p class="note">${formatCount(emptyReceives)} receives found nothing.</p></section>`;
}

function numbers(...values: readonly number[]): string {
  return values.map((value) => `<td>${formatCount(value)}</td>`).join('');
}

const COUNTED =
  '<footer><p>One after the other: every successful read and every computation, added up, each once. This run: from the first request to the end of the last read, computation, commit or write. Bars are drawn at least a hair wide; in large runs bars closer than a hair are joined.</p></footer>';
