/**
 * The page of a run: the totals, the picture, and the same numbers as tables. It is one self-contained file
 * without scripts, foreign fonts or images. Light or dark as the reader's system is; light on paper.
 */
import type { KeyItem } from '../../functions/state.ts';
import { describeWaiting } from '../../operate/waiting.ts';
import { renderHtmlTable } from './html-table.ts';
import { renderPage } from './page.ts';
import { escapeMarkup } from './printable.ts';
import { countOf, type Summary } from './run-record.ts';
import { busiestKeys, describeMissing } from './tables.ts';
import { explainRepeated, type Timeline } from './timeline.ts';
import { renderTimelineSvg } from './timeline-svg.ts';
import { skippedReadings } from './troubles.ts';
import { formatCount, formatCountOf, formatDuration, formatRatio } from './units.ts';

export function renderTimelinePage(timeline: Timeline, summary: Summary, items: readonly KeyItem[]): string {
  return renderPage(
    `${timeline.pipeline}: timeline`,
    [
      `<header><p class="kicker">Weir · read wide, compute narrow</p><h1>${escapeMarkup(timeline.pipeline)}</h1></header>`,
      comparison(summary),
      tiles(timeline, summary),
      figure(timeline, summary),
      keysTable(summary, items),
      ...troubles(summary, items),
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

function verdict(summary: Summary): string {
  return summary.complete
    ? ''
    : `<p class="alert" role="alert">${escapeMarkup(describeMissing(summary))}</p>`;
}

/** Drawn twice: a wide picture scaled to a phone would have unreadably small letters. */
function figure(timeline: Timeline, summary: Summary): string {
  const repeated = explainRepeated(timeline).join(' ');
  return `<figure class="card"><div class="wide">${renderTimelineSvg(timeline, summary, { standalone: false, width: 1080 })}</div>
<div class="narrow">${renderTimelineSvg(timeline, summary, { standalone: false, width: 360 })}</div>
<figcaption>Time runs to the right, without gaps. Above, each bar is one read; reads overlap. Below, each key has a track: its computations follow one another and never overlap, while other keys compute beside it. The dashed lines mark the first reading and the first computation. The number at the right of a track counts the readings of its key. ${escapeMarkup(repeated)}</figcaption></figure>`;
}

function keysTable(summary: Summary, items: readonly KeyItem[]): string {
  const { rows, rest } = busiestKeys(summary, items);
  return renderHtmlTable(
    'Keys',
    ['key', 'readings', 'skipped', 'dead', 'version', 'state'],
    rows.map(({ key, item: { counts, version }, state }) => [
      key,
      countOf(counts),
      counts.skipped,
      counts.dead,
      version,
      state,
    ]),
    rest,
  );
}

function troubles(
  { deadLetters, refusals, failures, stopped, waiting }: Summary,
  items: readonly KeyItem[],
): string[] {
  return [
    renderHtmlTable(
      'Dead letters',
      ['stage', 'count', 'attempts', 'reason'],
      deadLetters.map(({ stage, count, attempts, reason }) => [stage, count, attempts, reason]),
    ),
    renderHtmlTable(
      'Stopped keys',
      ['key', 'reason'],
      stopped.map(({ key, reason }) => [key, reason]),
    ),
    renderHtmlTable(
      'Keys that wait for a place',
      ['key', 'parked', 'what for'],
      waiting.slice(0, ROWS_MAX).map((each) => [each.key, each.parked, describeWaiting(each)]),
    ),
    renderHtmlTable(
      'Skipped by the pipeline',
      ['key', 'readings', 'newest reason'],
      skippedReadings(items)
        .slice(0, ROWS_MAX)
        .map(({ key, skipped, reason }) => [key, skipped, reason]),
    ),
    renderHtmlTable(
      'Refused by the source, read again later',
      ['source', 'reads'],
      refusals.slice(0, ROWS_MAX).map(({ source, refused }) => [source, refused]),
    ),
    renderHtmlTable(
      'Failed attempts',
      ['stage', 'messages', 'reason'],
      failures.slice(0, ROWS_MAX).map(({ stage, messages, reason }) => [stage, messages, reason]),
    ),
  ];
}

const ROWS_MAX = 20;

function calls({ calls: byOperation, readings, emptyReceives }: Summary): string {
  return renderHtmlTable(
    'AWS calls',
    ['operation', 'calls', 'per reading'],
    Object.entries(byOperation)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => [name, count, readings === 0 ? '' : (count / readings).toFixed(3)]),
    emptyReceives === 0 ? '' : `${formatCountOf(emptyReceives, 'receive')} found nothing.`,
  );
}

const COUNTED =
  '<footer><p>One after the other: every successful read and every computation, added up, each once. This run: from the first request to the end of the last read, computation, commit or write. A computation is drawn at least 2.5 pixels wide, every other bar at least a hair; in large runs bars closer than a hair are joined.</p></footer>';
