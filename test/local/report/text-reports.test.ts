import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderDemoTable, renderDemoTimelines } from '../../../bench/demo/demo-text.ts';
import { billOf } from '../../../local/bill/bill.ts';
import { readPrices } from '../../../local/bill/prices.ts';
import { createChaos } from '../../../local/chaos.ts';
import { renderBrief } from '../../../local/report/brief.ts';
import { widthOf, wrap } from '../../../local/report/printable.ts';
import { type RunRecord, summarize } from '../../../local/report/run-record.ts';
import { describeState, renderTables } from '../../../local/report/tables.ts';
import { type Terminal, terminalOf } from '../../../local/report/terminal.ts';
import { buildTimeline } from '../../../local/report/timeline.ts';
import { renderTimelinePage } from '../../../local/report/timeline-html.ts';
import { renderTimelineSvg } from '../../../local/report/timeline-svg.ts';
import { laneCells, renderTextTimeline } from '../../../local/report/timeline-text.ts';
import { chaosTable } from '../../../local/report/trouble-tables.ts';
import { createQueue } from '../../../model/queue/queue.ts';
import { examplePrograms } from '../../bench/demo/example-demo.ts';
import { fiveCalls, foldedAgain, hostileRecord, manyRequests, smallLog } from './example-record.ts';

const pipe = terminalOf({}, {});
const terminal = (columns: number): Terminal => terminalOf({ isTTY: true, columns }, {});

function reportOn(record: ReturnType<typeof fiveCalls>, to: Terminal): string {
  const summary = summarize(record);
  return `${renderTextTimeline(buildTimeline(record), to)}\n${renderTables(summary, record.items, to)}\n${briefOf(record, to)}`;
}

function briefOf(record: RunRecord, to: Terminal): string {
  const summary = summarize(record);
  const bill = billOf([], summary.readings, { standard: 1, fifo: 1 }, readPrices(undefined));
  return renderBrief(record, { ...summary, bill }, to);
}

const CONTROL_CHARACTERS = /[\p{Cc}\u2028\u202E]/u;

describe('terminal and pipe:', () => {
  test('a pipe gets no control character, even from hostile keys', () => {
    for (const record of [fiveCalls(), smallLog(), hostileRecord()]) {
      expect(reportOn(record, pipe).replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTERS);
    }
    const demo = renderDemoTable(examplePrograms(), 0.1, pipe) + renderDemoTimelines(examplePrograms(), pipe);
    expect(demo.replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTERS);
  });

  test('a terminal gets colours and no other control character, even from hostile keys', () => {
    const report = reportOn(hostileRecord(), terminal(100));
    expect(report).toContain('\u001B[1m');
    const colours = new RegExp(`${String.fromCharCode(27)}\\[(?:1|2|22|3[1-5]|39)m`, 'g');
    expect(report.replace(colours, '').replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTERS);
  });

  test('NO_COLOR is obeyed', () => {
    expect(terminalOf({ isTTY: true }, { NO_COLOR: '1' }).colour).toBe(false);
    expect(terminalOf({ isTTY: true }, { NO_COLOR: '' }).colour).toBe(true);
  });

  test.each([60, 80, 120, 200])('no line is wider than a terminal of %i columns', (columns) => {
    for (const record of [fiveCalls(), smallLog(), hostileRecord(), foldedAgain(manyRequests(300, 50))]) {
      const report = stripVTControlCharacters(reportOn(record, terminal(columns)));
      for (const line of report.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
    }
  });

  test.each([76, 100, 140])('the demo fits a terminal of %i columns', (columns) => {
    const [programs, to] = [examplePrograms(), terminal(columns)];
    const text = stripVTControlCharacters(
      `${renderDemoTable(programs, 0.1, to)}\n${renderDemoTimelines(programs, to)}`,
    );
    for (const line of text.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
  });
});

describe('tables', () => {
  test('the keys beyond the first twenty appear as a sum', () => {
    const record = manyRequests(400, 50);
    const summary = summarize(record);
    const text = renderTables(summary, record.items, pipe);
    const [, keys, rest] = /… (\d+) more keys, (\d+) readings/.exec(text) ?? [];
    const shown = text
      .split('\n')
      .filter((line) => line.startsWith('  /segment-'))
      .map((line) => Number(line.trim().split(/\s+/)[1]));
    expect(shown).toHaveLength(20);
    expect(Number(keys)).toBe(record.items.length - 20);
    expect(shown.reduce((a, b) => a + b, 0) + Number(rest)).toBe(summary.applied);
    expect(shown).toEqual([...shown].sort((a, b) => b - a));
  });

  test('requests and readings that are not accounted for are reported', () => {
    const record = { ...fiveCalls(), requests: 6 };
    expect(renderTables(summarize(record), record.items, pipe)).toContain('Not accounted for: 1 request.');
  });

  test('skipped, stopped and failed work is shown with its reason', () => {
    const example = fiveCalls();
    const [item] = example.items;
    if (item === undefined) throw new Error('the example has no item');
    const stopped = { receipt: 'r', index: 0, reason: 'negative \u001B[2J bytes' };
    const record: RunRecord = {
      ...example,
      items: [
        { ...item, counts: { applied: 4, skipped: 1, dead: 0 }, lastSkip: 'line 8899 is cut short', stopped },
      ],
      observations: [
        ...example.observations,
        { kind: 'failure', stage: 'write', group: 'g', messages: 7, reason: 'sink is away', environment: 1 },
      ],
    };
    const summary = summarize(record);
    const page = renderTimelinePage(buildTimeline(record), summary, record.items);
    for (const text of [renderTables(summary, record.items, pipe), page]) {
      expect(text).toContain('line 8899 is cut short');
      expect(text).toContain('negative \\u{1b}[2J bytes');
      expect(text).toContain('sink is away');
    }
  });

  test('each fault of a chaos run is described in words', () => {
    const chaos = createChaos(1);
    const queue = chaos.wrapQueue(createQueue({ name: 'requests' }, { clock: chaos.clock, random: () => 0 }));
    const call = {
      functionName: 'Reader',
      service: 'SQS',
      operation: 'ReceiveMessage',
      body: Buffer.of(),
    } as const;
    for (let n = 0; n < 1_000; n += 1) {
      chaos.intercept(call);
      chaos.killAfterMs();
      queue.sendBatch([{ body: 'x' }]);
      queue.receiveNow({ max: 1 });
    }
    const counts = chaos.counts();
    expect(Object.keys(counts)).toHaveLength(7);
    const lines = chaosTable(counts);
    for (const kind of Object.keys(counts)) {
      expect(lines.filter((line) => line.trim().startsWith(`${kind} `))).toEqual([]);
      expect(lines.some((line) => line.endsWith(` ${counts[kind]}`))).toBe(true);
    }
    for (const line of lines) expect(line).toMatch(/^ {2}[a-z]+(?: [a-zS]+)+/i);
  });

  test('a state is described by its scalar fields and the sizes of the others', () => {
    expect(describeState({ clicks: 12_345, name: 'x', list: [1, 2], map: { a: 1 }, none: null })).toBe(
      'clicks 12,345 · name x · list [2] · map {1} · none null',
    );
    expect(describeState(7)).toBe('7');
  });
});

describe('the short report', () => {
  test('a report without --verbose has at most 19 lines, with the other keys in one row', () => {
    const text = briefOf(foldedAgain(manyRequests(400, 50)), pipe);
    expect(text.split('\n').length).toBeLessThanOrEqual(19);
    expect(text).toMatch(/^ {2}47 others .*\d+ \(\+\d+\)$/m);
    expect(text).toMatch(/each key computes single file \(50 keys, peak \d+ % busy; \+n: computed again\)$/m);
    expect(text).toMatch(
      /^400 requests, \d+ readings: \d+ applied, 0 skipped, 4 dead letters; \d+ outputs?\.$/m,
    );
    expect(text).toMatch(/^On AWS: .* USD per million readings/m);
  });

  test('reads that a source refused are told by source, apart from failed attempts, and with --verbose and on the page too', () => {
    const refused = (source: string, reads: number): RunRecord['observations'][number] => ({
      ...{ kind: 'source', source, at: 1, rate: 20, concurrency: undefined, refused: reads, givenBack: 3 },
      ...{ closedUntil: 0, alone: undefined, environment: 1 },
    });
    const { observations, ...example } = fiveCalls();
    const seen = [
      refused('a.example', 2),
      refused('b.example', 9),
      refused('a.example', 3),
      refused('c.example', 0),
    ];
    const record = { ...example, observations: [...observations, ...seen] };
    const text = briefOf(record, pipe);
    expect(text).toContain(
      'Refused: 9 reads by b.example, read again later\nRefused: 5 reads by a.example, read again later\n',
    );
    expect(text).not.toContain('c.example');
    const summary = summarize(record);
    expect(summary).toMatchObject({
      refusals: [
        { source: 'b.example', refused: 9 },
        { source: 'a.example', refused: 5 },
      ],
      failures: [],
    });
    expect(renderTables(summary, record.items, pipe)).toMatch(
      /Refused by the source.*\n.*\n {2}b\.example +9\n/,
    );
    expect(renderTimelinePage(buildTimeline(record), summary, record.items)).toContain('b.example');
  });

  test('a run whose requests each name another source says that its limits limit little', () => {
    const { observations: all, ...example } = fiveCalls();
    const [read] = all.filter(({ kind }) => kind === 'read');
    if (read === undefined) throw new Error('no read');
    const recordOf = (requests: number, sources: number): RunRecord => ({
      ...example,
      observations: [
        ...Array.from({ length: requests }, (_, n) => ({ ...read, request: String(n) })),
        ...Array.from({ length: sources }, (_, n) => ({
          ...{
            kind: 'source' as const,
            source: String(n),
            at: 1,
            rate: 20,
            concurrency: undefined,
            refused: 0,
          },
          ...{ givenBack: 0, closedUntil: 0, alone: undefined, environment: 1 },
        })),
      ],
    });
    const text = (record: RunRecord) => briefOf(record, pipe).replaceAll(/\s+/g, ' ');
    expect(text(recordOf(200, 190))).toContain(
      'Sources: 190 for 200 requests: the limits of source hold for each of them',
    );
    expect(text(recordOf(20_000, 10_001))).toContain('Sources: 10,000 or more for 20,000 requests');
    for (const [requests, sources] of [
      [200, 100],
      [50, 50],
      [20_000, 9_999],
    ] as const)
      expect(text(recordOf(requests, sources))).not.toContain('Sources: ');
  });

  test('the first read, computation and commit have a line, and rows with --verbose', () => {
    const record = fiveCalls();
    expect(briefOf(record, pipe)).toMatch(/\nFirst read 2\.50 s, computation 2\.50 s, commit 5\.00 s\.\n/);
    expect(renderTables(summarize(record), record.items, pipe)).toMatch(
      / first read +2\.50 s\n +first computation +2\.50 s\n +first commit +5\.00 s\n/,
    );
  });

  test('every kind of problem is in the short report with its first three reasons and the number of the others', () => {
    const example = fiveCalls();
    const reasons = [1, 2, 3, 4, 5].map((n) => `reason ${n}`);
    const record: RunRecord = {
      ...example,
      deadLetters: reasons.map((reason) => ({ stage: 'read', reason, attempts: 3, request: reason })),
      items: example.items.map((item) => ({
        ...item,
        stopped: { receipt: 'r', index: 0, reason: 'stopped here' },
      })),
      failedOutputs: 2,
      observations: [
        ...example.observations,
        { kind: 'failure', stage: 'write', group: 'g', messages: 7, reason: 'sink is away', environment: 1 },
      ],
    };
    const text = briefOf(record, pipe);
    for (const told of [
      'Dead letter: 1 × read: reason 3',
      '… 2 more (--verbose)',
      'stopped here',
      'Undelivered: 2 outputs',
    ]) {
      expect(text).toContain(told);
    }
    expect(text).not.toContain('reason 4');
    expect(text).toContain('Failed attempts: 7 × write: sink is away');
  });

  test('a long line is broken between words without losing any', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', ' three']);
    expect(wrap('abcdefghij', 4).join('').replaceAll(' ', '')).toBe('abcdefghij');
    for (const line of wrap('漢字漢字漢字 and more words', 7)) expect(widthOf(line)).toBeLessThanOrEqual(7);
    expect(wrap('', 10)).toEqual(['']);
  });
});

describe('the numbers beside the keys', () => {
  test.each([
    ['few keys', smallLog()],
    ['folds made again', foldedAgain(smallLog())],
    ['more keys than the picture has room for', foldedAgain(manyRequests(400, 90))],
  ])('%s: they add up to the readings in the heading, in text and in the picture', (_name, record) => {
    const [timeline, summary] = [buildTimeline(record), summarize(record)];
    const rows = renderTextTimeline(timeline, pipe).split('\n').slice(1);
    expect(sumOf(rows.map((row) => / (\d+)(?: \(\+\d+\))?$/.exec(row)?.[1]))).toBe(summary.readings);
    const svg = renderTimelineSvg(timeline, summary);
    const beside = [...svg.matchAll(/ font-size="10"[^>]*>(\d+)(?: \(\+\d+\)| readings?)?</g)];
    expect(sumOf(beside.map(([, count]) => count))).toBe(summary.readings);
  });

  test('repeated folds are counted separately and explained, in every report', () => {
    const record = foldedAgain(smallLog());
    const [timeline, summary] = [buildTimeline(record), summarize(record)];
    const [busiest] = [...record.items].sort((a, b) => b.counts.applied - a.counts.applied);
    const told = `${busiest?.counts.applied} (+${busiest?.counts.applied})`;
    const shown = [
      renderTextTimeline(timeline, pipe),
      renderTimelineSvg(timeline, summary),
      renderTimelinePage(timeline, summary, record.items),
    ];
    for (const text of shown) {
      expect(text).toContain(told);
      expect(text).toMatch(/computed again/);
    }
    expect(renderTextTimeline(buildTimeline(smallLog()), pipe)).not.toContain('computed again');
  });
});

function sumOf(texts: readonly (string | undefined)[]): number {
  return texts.reduce((total, text) => total + Number(text ?? 0), 0);
}

describe('the timeline as text', () => {
  test('five reads are five rows that begin together, the computations one row of five', () => {
    const rows = renderTextTimeline(buildTimeline(fiveCalls()), pipe).split('\n');
    const reads = rows.filter((row) => row.includes('┣'));
    expect(reads).toHaveLength(5);
    expect(new Set(reads).size).toBe(1);
    expect(rows.filter((row) => row.includes('▐')).map((row) => row.split('▐').length - 1)).toEqual([5]);
  });

  test('the shortest bar is still seen', () => {
    expect(laneCells([{ start: 50, end: 50 }], 100, 10, ['a', 'b'])).toBe('     a    ');
    expect(laneCells([{ start: 100, end: 100 }], 100, 10, ['a', 'b'])).toBe('         a');
  });
});
