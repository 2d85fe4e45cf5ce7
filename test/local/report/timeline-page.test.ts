import { describe, expect, test } from 'vitest';
import { renderDemoPage } from '../../../bench/demo/demo-page.ts';
import { escapeMarkup } from '../../../local/report/printable.ts';
import { type RunRecord, summarize } from '../../../local/report/run-record.ts';
import { segmentsOf } from '../../../local/report/svg.ts';
import { buildTimeline } from '../../../local/report/timeline.ts';
import { renderTimelinePage } from '../../../local/report/timeline-html.ts';
import { renderTimelineSvg } from '../../../local/report/timeline-svg.ts';
import { examplePrograms } from '../../bench/demo/example-demo.ts';
import { fiveCalls, HOSTILE_KEYS, hostileRecord, manyRequests, smallLog } from './example-record.ts';

function svgOf(record: RunRecord): string {
  return renderTimelineSvg(buildTimeline(record), summarize(record));
}

function pageOf(record: RunRecord): string {
  return renderTimelinePage(buildTimeline(record), summarize(record), record.items);
}

/** The elements that are open at the end, and the order in which they close: enough of XML to find a slip. */
function expectBalanced(markup: string): void {
  const open: string[] = [];
  for (const [, closing, name = '', selfClosing] of markup.matchAll(/<(\/?)([a-z][\w-]*)[^<>]*?(\/?)>/g)) {
    if (closing === '/') expect(open.pop()).toBe(name);
    else if (selfClosing !== '/' && name !== 'meta') open.push(name);
  }
  expect(open).toEqual([]);
}

describe('every observation is drawn', () => {
  test.each([
    ['five calls', fiveCalls()],
    ['a small log', smallLog()],
    ['hostile keys', hostileRecord()],
  ])('%s: each as a bar of its own', (_name, record) => {
    expect(svgOf(record).match(/<rect [^>]*><title>/g)).toHaveLength(record.observations.length);
  });

  test('many: joined where they touch, but none is left uncovered, but for the seam between two', () => {
    const record = manyRequests();
    const timeline = buildTimeline(record);
    const toX = (ms: number): number => (ms / timeline.spanMs) * 1_000;
    for (const lane of [...timeline.reads, ...timeline.keys.flatMap(({ computes }) => computes)]) {
      const segments = segmentsOf(lane, toX);
      for (const { start, end } of lane) {
        const inside = segments.some(([from, to]) => from <= toX(start) && toX(end) <= to + 0.7);
        expect(inside).toBe(true);
      }
    }
    const told = [
      ...svgOf(record).matchAll(/<title>([\d,]+) (?:failed )?(?:reads|computations|commits|writes)</g),
    ];
    const total = told.reduce((sum, [, count = '']) => sum + Number(count.replaceAll(',', '')), 0);
    expect(total).toBe(record.observations.length);
  });

  test('more keys than can be told apart become one row, which is named', () => {
    expect(svgOf(manyRequests(500, 120))).toMatch(/>\d+ other keys</);
  });
});

describe('the files', () => {
  test.each([
    ['five calls', fiveCalls()],
    ['a small log', smallLog()],
    ['hostile keys', hostileRecord()],
    ['2,000 requests', manyRequests()],
    ['4,000 requests, 120 keys', manyRequests(4_000, 120, 400)],
  ])('%s: well-formed, below 1 MB, without script and without anything from elsewhere', (_name, record) => {
    for (const file of [svgOf(record), pageOf(record)]) {
      expectBalanced(file);
      expect(file.length).toBeLessThan(1_000_000);
      // A boolean: the text of a picture is too long for a message.
      const reachesOut = /<script|<link|<img|<[^>]*\s(?:src|href|on\w+)=|url\(|@import|NaN|undefined/i.test(
        file,
      );
      expect(reachesOut).toBe(false);
    }
  });

  test('hostile keys are shown, but as text', () => {
    for (const file of [svgOf(hostileRecord()), pageOf(hostileRecord())]) {
      expect(file.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E\u2028]/u);
      for (const key of HOSTILE_KEYS) expect(file).toContain(escapeMarkup(key));
    }
  });

  test('a run without work has a picture too', () => {
    const nothing = { ...fiveCalls(), observations: [], items: [], requests: 0 };
    expect(svgOf(nothing)).not.toContain('NaN');
    expect(pageOf(nothing)).not.toContain('NaN');
  });

  test('the page of an incomplete run says so', () => {
    expect(pageOf({ ...fiveCalls(), requests: 6 })).toContain('Not accounted for: 1 request.');
  });

  test('the text of a bar has one fact on each line', () => {
    expect(svgOf(fiveCalls())).toMatch(
      /<title>read r-0: done, 1 reading\n2\.50 s, from 0\.0 ms to 2\.50 s\nenvironment 1</,
    );
  });

  test('the picture has both colour schemes and a description', () => {
    const svg = svgOf(fiveCalls());
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).toMatch(/role="img" aria-label="Timeline of clicks"/);
    expect(svg).toMatch(/<desc>15\.0 s, one after the other 25\.0 s: 1\.67×/);
  });
});

describe('the picture of a run', () => {
  test('the first reading and the first computation are marked with their times, on both sizes of the page', () => {
    const page = pageOf(fiveCalls());
    expect(page.match(/>first reading 2\.50 s</g)).toHaveLength(2);
    expect(page.match(/>first computation 2\.50 s</g)).toHaveLength(2);
    const nothing = { ...fiveCalls(), observations: [], items: [], requests: 0 };
    expect(svgOf(nothing)).not.toContain('first reading');
  });

  test('a computation is drawn over its commit, and never as a hairline', () => {
    const svg = svgOf(smallLog());
    expect(svg.indexOf('class="f-commit"')).toBeLessThan(svg.indexOf('class="f-compute"'));
    const widths = [...svg.matchAll(/<rect class="f-compute"[^>]* width="([\d.]+)"[^>]*><title>/g)];
    expect(widths.length).toBeGreaterThan(20);
    for (const [, width] of widths) expect(Number(width)).toBeGreaterThanOrEqual(2.5);
  });

  test('has only drawn kinds of bars in its legend', () => {
    const record = manyRequests(500, 120);
    const timeline = buildTimeline(record);
    const [shown, others] = [timeline.keys.slice(0, 60), timeline.keys.slice(60)];
    expect(others.some(({ commits }) => commits.length > 0)).toBe(true);
    const withoutCommits = {
      ...timeline,
      keys: [...shown.map((key) => ({ ...key, commits: [] })), ...others],
    };
    const svg = renderTimelineSvg(withoutCommits, summarize(record));
    expect(svg).toContain('>compute</text>');
    expect(svg).not.toContain('>commit</text>');
  });

  test('on a narrow screen every column of a table stands in the row, with its name', () => {
    const page = pageOf(smallLog());
    const [row = ''] = /<tr><th scope="row">.*?<\/tr>/.exec(page) ?? [];
    const named = [...row.matchAll(/<td data-column="([^"]*)"/g)].map(([, column]) => column);
    expect(named).toEqual(['readings', 'skipped', 'dead', 'version', 'state']);
    expect(page).toContain('td::before{content:attr(data-column)');
  });
});

test('the demo page holds every program with both systems, and escapes what it is given', () => {
  const [first, ...others] = examplePrograms();
  if (first === undefined) throw new Error('the example has no programs');
  const page = renderDemoPage([{ ...first, name: '<b>sync' }, ...others], 0.1);
  expectBalanced(page);
  expect(page.match(/<svg /g)).toHaveLength(2 * (others.length + 1));
  expect(page).not.toContain('<b>sync');
});
