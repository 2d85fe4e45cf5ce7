import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromQueue } from '../../functions/compute/arrival.ts';
import { decodeMessage } from '../../functions/decode-readings.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import { type Folded, takeIn, wakeUntil } from '../../operate/replay-key.ts';
import { buildMessage } from '../builders.ts';
import expiry from './recipes/expiry.ts';
import silence from './recipes/silence.ts';
import windows from './recipes/windows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A whole window, hour and day. */
const START = Date.UTC(2026, 10, 28);

/** Readings of one key, each when it was sent, and its wakes when they are due. */
function play(
  pipeline: Pipeline,
  readings: readonly (readonly [atMs: number, reading: unknown])[],
  untilMs: number,
) {
  const outputs: unknown[] = [];
  const noting = {
    ...pipeline,
    compute: pipeline.compute,
    wake: (state: unknown, tag: string, context: Parameters<NonNullable<Pipeline['wake']>>[2]) => {
      const emit = (output: unknown) => {
        outputs.push(output);
        context.emit(output);
      };
      return pipeline.wake?.(state, tag, { ...context, emit });
    },
  };
  const folded: Folded = { item: undefined, problem: undefined };
  readings.forEach(([atMs, reading], n) => {
    const incoming = buildMessage({
      request: `r${n}`,
      readings: [reading],
      sequence: 10 * (n + 1),
      sentAt: START + atMs,
    });
    takeIn(noting, 'k', folded, fromQueue(incoming, decodeMessage(incoming.body)));
  });
  wakeUntil(noting, 'k', folded, START + untilMs);
  expect(folded.problem).toBeUndefined();
  return { outputs, state: JSON.parse(folded.item?.state ?? 'null'), item: folded.item };
}

describe('a recipe of docs/time.md', () => {
  test.each(['silence', 'expiry', 'windows'])('quotes %s as this test runs it', (name) => {
    const code = readFileSync(join(import.meta.dirname, 'recipes', `${name}.ts`), 'utf8');
    const doc = readFileSync(join(import.meta.dirname, '../../docs/time.md'), 'utf8');
    expect(doc).toContain(`\`\`\`ts\n${code}\`\`\``);
  });

  test('reports once that no reading came for an hour, and again after the next silence', () => {
    const reading = { meter: 'k', kwh: 1 };
    const { outputs, state } = play(
      silence,
      [0, 20 * MINUTE_MS, 70 * MINUTE_MS, 5 * HOUR_MS].map((at) => [at, reading] as const),
      8 * HOUR_MS,
    );
    const alert = { alert: 'no reading for an hour', meter: 'k' };
    expect(outputs).toEqual([
      { ...alert, since: START + 70 * MINUTE_MS },
      { ...alert, since: START + 5 * HOUR_MS },
    ]);
    expect(state).toEqual({ kwh: 4, silent: true });
    expect(play(silence, [[0, reading]], HOUR_MS - 1).outputs).toEqual([]);
  });

  test('empties a key that nobody has touched for a week, and says what was in it', () => {
    const readings = [
      [0, { basket: 'k', item: 'pear' }] as const,
      [3 * DAY_MS, { basket: 'k', item: 'plum' }] as const,
    ];
    expect(play(expiry, readings, 9 * DAY_MS)).toMatchObject({
      outputs: [],
      state: { items: ['pear', 'plum'] },
    });
    const { outputs, state } = play(expiry, readings, 10 * DAY_MS);
    expect(outputs).toEqual([{ expired: 'k', items: ['pear', 'plum'] }]);
    expect(state).toEqual({ items: [] });
  });

  test('closes each window of five minutes once, a minute after its end, with all that came in time', () => {
    const click = (sentMs: number, atMs = sentMs) => [sentMs, { page: 'k', at: START + atMs }] as const;
    const { outputs, state, item } = play(
      windows,
      [
        click(0),
        click(4 * MINUTE_MS),
        click(5.5 * MINUTE_MS, 4.9 * MINUTE_MS),
        click(5.6 * MINUTE_MS),
        click(30 * MINUTE_MS, 5 * MINUTE_MS),
      ],
      HOUR_MS,
    );
    expect(outputs).toEqual([
      { page: 'k', from: START, clicks: 3 },
      { page: 'k', from: START + 5 * MINUTE_MS, clicks: 1 },
    ]);
    expect(state).toEqual({ open: {}, late: 1 });
    expect(item?.wakes).toEqual([]);
  });
});
