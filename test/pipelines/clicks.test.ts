import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startOrigin } from '../../local/origin/slow-server.ts';
import type { ClicksState } from '../../pipelines/clicks.ts';
import clicks from '../../pipelines/clicks.ts';
import { makeSampleLog, SAMPLE_LOG } from '../../pipelines/sample-log.ts';
import fc from '../properties.ts';
import { serve } from './serve.ts';

const sample = makeSampleLog();

describe('the sample pipeline', () => {
  test('counts every line of the shipped log exactly, from parts read side by side', async () => {
    await using origin = await startOrigin({ file: SAMPLE_LOG, parts: 40, seed: 1, medianMs: 2 });
    vi.stubEnv('WEIR_ALLOW_HOSTS', origin.allowHost);
    const readings = (await Promise.all(origin.requests.map(readAll))).flat();
    expect(totals(fold(readings))).toEqual(expected);
  });

  test('counts the same in whatever order the parts arrive', async () => {
    const parts = await readParts(20);
    const places = parts.map((_part, place) => place);
    fc.assert(
      fc.property(fc.shuffledSubarray(places, { minLength: places.length }), (order) => {
        const readings = order.flatMap((place) => parts[place] ?? []);
        expect(totals(fold(readings))).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  test('has a pure compute: folding twice gives the same and changes no input', async () => {
    const readings = (await readParts(1)).flat().map(deepFreeze);
    expect(fold(readings)).toEqual(fold(readings));
  });

  test('skips the line that was cut short, with its number and under its key', async () => {
    const { skipped } = fold((await readParts(7)).flat());
    expect(skipped).toEqual([{ key: '/guides', reason: `malformed line ${sample.malformed.line}` }]);
  });

  test('emits an output for every thousandth click of a key, and none for others', async () => {
    const { outputs } = fold((await readParts(1)).flat());
    const passed = Object.entries(sample.keys).filter(([, { clicks }]) => clicks >= 1_000);
    expect(passed.length).toBeGreaterThan(0);
    expect(outputs).toEqual(passed.map(([key]) => ({ key, clicks: 1_000 })));
  });

  test('counts the clicks of every browser family, and all of them', async () => {
    const { states } = fold((await readParts(1)).flat());
    for (const state of Object.values(states)) {
      expect(Object.values(state.browsers).reduce((sum, count) => sum + count)).toBe(state.clicks);
    }
    expect(Object.keys(states['/notes']?.browsers ?? {}).sort()).toEqual([
      'Chrome',
      'Firefox',
      'Safari',
      'bot',
      'other',
    ]);
  });
});

describe('a request of the sample pipeline', () => {
  test('may name a log that is packed', async () => {
    const { origin } = await serve((_request, response) => void response.end(gzipSync(sample.text)));
    vi.stubEnv('WEIR_ALLOW_HOSTS', origin);
    expect(totals(fold(await readAll({ url: `${origin}/access.log.gz` })))).toEqual(expected);
  });

  test('may name the lines it wants, by their numbers in the log', async () => {
    const { origin } = await serve((_request, response) => void response.end('a\nb\nc\nd\ne'));
    vi.stubEnv('WEIR_ALLOW_HOSTS', origin);
    const numbers = async (request: object) =>
      (await readAll({ url: origin, ...request })).map((reading) => Object(reading).malformed);
    expect(await numbers({})).toEqual([1, 2, 3, 4, 5]);
    expect(await numbers({ firstLine: 101 })).toEqual([101, 102, 103, 104, 105]);
    expect(await numbers({ lines: [2, 4] })).toEqual([2, 3, 4]);
    expect(await numbers({ lines: [102, 102], firstLine: 101 })).toEqual([102]);
    expect(await numbers({ lines: [5, 9] })).toEqual([5]);
  });

  test('leaves blank lines out: they are no lines', async () => {
    const { origin } = await serve((_request, response) => void response.end('\n \r\na\n\n\t\n\nb\n'));
    vi.stubEnv('WEIR_ALLOW_HOSTS', origin);
    const readings = await readAll({ url: origin });
    expect(readings.map((reading) => Object(reading).malformed)).toEqual([3, 7]);
  });

  test('for a log of more lines than a request may give readings counts them all', async () => {
    const log = Array.from({ length: 150_007 }, (_, index) =>
      index % 1_000 === 7 ? 'another format' : clickOn(index % 3 === 0 ? '/a' : '/b'),
    );
    const linesOf = (path: string) => log.filter((line) => line.includes(`GET ${path} `)).length;
    const { origin } = await serve((_request, response) => void response.end(gzipSync(log.join('\n'))));
    vi.stubEnv('WEIR_ALLOW_HOSTS', origin);
    const readings = await readAll({ url: origin });
    expect(readings.length).toBeLessThanOrEqual(100_000);
    expect(JSON.stringify(await readAll({ url: origin })) === JSON.stringify(readings)).toBe(true);
    const { states, outputs, skipped } = fold(readings);
    for (const path of ['/a', '/b']) {
      const clicks = linesOf(path);
      expect(states[path]).toEqual({ clicks, bytes: clicks * 7, browsers: { other: clicks } });
      // Every thousand is told, also where one reading passes several.
      expect(outputs.filter((output) => Object(output).key === path)).toEqual(
        Array.from({ length: Math.floor(clicks / 1_000) }, (_, index) => ({
          key: path,
          clicks: 1_000 * (index + 1),
        })),
      );
    }
    expect(skipped[50]).toEqual({ key: '(malformed)', reason: '100 malformed lines from 50008 to 149008' });
    expect(skipped).toHaveLength(50 + 1);
  });

  test('makes five hundred keys and one more, however many a visitor invents', async () => {
    const log = Array.from({ length: 5_000 }, (_, index) => clickOn(`/invented-${index}`)).join('\n');
    const { origin } = await serve((_request, response) => void response.end(log));
    vi.stubEnv('WEIR_ALLOW_HOSTS', origin);
    const { states } = fold(await readAll({ url: origin }));
    expect(Object.keys(states)).toHaveLength(501);
    expect(states['(other)']?.clicks).toBe(4_500);
  });

  test('is not lost with a bad line: the line is, or counts as it can be read', async () => {
    const good = clickOn('/a');
    const bad: [what: string, line: Buffer, path: string][] = [
      ['a byte that is not UTF-8', Buffer.from(clickOn('/a/caf\xe9'), 'latin1'), '/a'],
      ['a character that is cut', Buffer.concat([Buffer.from(good), Buffer.of(0xe2, 0x82)]), '/a'],
      ['zero bytes', Buffer.alloc(5_000), '(malformed)'],
      ['zero bytes in front', Buffer.concat([Buffer.alloc(500_000), Buffer.from(good)]), '/a'],
      ['zero bytes inside', Buffer.from(good.replace('"-"', '"\0\0"')), '/a'],
      ['a header that Apache escaped', Buffer.from(clickOn('/a', '\\xe9'.repeat(16_200))), '/a'],
      ['more than any limit', Buffer.from(clickOn('/a', 'x'.repeat(3_000_000))), '/a'],
      ['another format', Buffer.from('{"status":200}'), '(malformed)'],
      ['control characters', Buffer.from(clickOn('/a', '\x01\x02\x1b[0m')), '/a'],
    ];
    for (const [what, line, path] of bad) {
      const body = Buffer.concat([Buffer.from(`${good}\n${good}\n`), line, Buffer.from(`\n${good}`)]);
      const { origin } = await serve((_request, response) => void response.end(body));
      vi.stubEnv('WEIR_ALLOW_HOSTS', origin);
      const paths = (await readAll({ url: origin })).map((reading) => Object(reading).path);
      expect([what, ...paths]).toEqual([what, '/a', '/a', path, '/a']);
    }
  });

  test.each([
    [{}],
    [{ url: '' }],
    [{ url: 7 }],
    [{ url: 'https://a/', firstLine: 0 }],
    [{ url: 'https://a/', lines: [2, 1] }],
    [{ url: 'https://a/', typo: 1 }],
    ['https://a/'],
    [null],
  ])('does not pass its schema when it is wrong: %j', async (request) => {
    expect((await clicks.request['~standard'].validate(request)).issues).toBeDefined();
  });
});

beforeEach(() => void vi.stubEnv('WEIR_ALLOW_HOSTS', ''));
afterEach(() => void vi.unstubAllEnvs());

function clickOn(path: string, referer = '-'): string {
  return `192.0.2.7 - - [09/Nov/2026:06:00:07 +0000] "GET ${path} HTTP/1.1" 200 7 "${referer}" "-"`;
}

const expected = { keys: sample.keys, skipped: 1 };

/** A request as a submitter writes it, through the pipeline's schema into its read. */
async function readAll(request: object): Promise<ClicksReading[]> {
  const result = await clicks.request['~standard'].validate(request);
  if (result.issues !== undefined) throw new Error(result.issues[0]?.message);
  const { signal } = new AbortController();
  const readings: ClicksReading[] = [];
  const given = await clicks.read(result.value, {
    signal,
    id: 'r-1',
    attempt: 1,
    secrets: {},
    submit: () => {},
  });
  for await (const reading of given) readings.push(reading);
  return readings;
}

async function readParts(parts: number): Promise<ClicksReading[][]> {
  await using origin = await startOrigin({ file: SAMPLE_LOG, parts, seed: 1, medianMs: 0 });
  vi.stubEnv('WEIR_ALLOW_HOSTS', origin.allowHost);
  return await Promise.all(origin.requests.map(readAll));
}

interface Folded {
  readonly states: Record<string, ClicksState>;
  readonly outputs: unknown[];
  readonly skipped: { key: string; reason: string }[];
}

/** A reading as the sample's read gives it: what its tests call has the types of its file. */
type ClicksReading = Parameters<typeof clicks.compute>[1];

function fold(readings: readonly ClicksReading[]): Folded {
  const states = new Map<string, ClicksState>();
  const outputs: unknown[] = [];
  const skipped: { key: string; reason: string }[] = [];
  const { order } = clicks;
  if (order.by !== 'arrival') throw new Error('the sample computes in arrival order');
  for (const reading of readings) {
    const key = order.key(reading);
    const state = clicks.compute(deepFreeze(states.get(key) ?? clicks.initial(key)), reading, {
      key,
      request: 'r-1',
      sentAt: 0,
      emit: (output) => outputs.push(output),
      skip: (reason) => skipped.push({ key, reason }),
      wake: () => expect.fail('the sample asks for no wake'),
      cancelWake: () => expect.fail('the sample asks for no wake'),
    });
    states.set(key, state);
  }
  return {
    states: Object.fromEntries(states),
    outputs,
    skipped,
  };
}

function totals({ states, skipped }: Folded): unknown {
  const keys = Object.entries(states).map(([key, { clicks: count, bytes }]) => [
    key,
    { clicks: count, bytes },
  ]);
  return { keys: Object.fromEntries(keys), skipped: skipped.length };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

test('the shipped log is what its generator makes of its seed', () => {
  expect(readFileSync(SAMPLE_LOG, 'utf8') === sample.text).toBe(true);
  expect(sample.text.split('\n').length - 1).toBe(sample.lines);
});
