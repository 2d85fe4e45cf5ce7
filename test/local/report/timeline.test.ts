import { describe, expect, test } from 'vitest';
import type { TimedObservation } from '../../../local/report/observed.ts';
import { buildTimeline, densityOf, laneOut, type Timeline } from '../../../local/report/timeline.ts';
import { formatDuration, timeTicks } from '../../../local/report/units.ts';
import fc from '../../properties.ts';
import { fiveCalls, hostileRecord, manyRequests, smallLog } from './example-record.ts';

function read(start: number, end: number): TimedObservation {
  return { kind: 'read', request: 'r', start, end, outcome: 'done', readings: 1, environment: 1 };
}

const bars = fc.array(fc.tuple(fc.nat(1_000), fc.nat(200)), { maxLength: 60 }).map((pairs) =>
  pairs.map(([start, length]) => ({
    start,
    end: start + length,
    observation: read(start, start + length),
  })),
);

function everyBar({ reads, keys }: Timeline) {
  return [...reads, ...keys.flatMap((key) => [...key.computes, ...key.commits, ...key.writes])].flat();
}

describe('lanes', () => {
  test('bars of one lane never overlap, and none is lost', () => {
    fc.assert(
      fc.property(bars, (all) => {
        const lanes = laneOut(all);
        for (const lane of lanes) {
          lane.forEach((bar, index) => {
            expect(bar.start).toBeGreaterThanOrEqual(lane[index - 1]?.end ?? 0);
          });
        }
        expect(new Set(lanes.flat())).toEqual(new Set(all));
      }),
    );
  });

  test('there are as many lanes as bars at once, no more', () => {
    fc.assert(
      fc.property(bars, (all) => {
        const long = all.filter(({ start, end }) => end > start);
        const most = long.map(
          ({ start: at }) => long.filter(({ start, end }) => start <= at && at < end).length,
        );
        expect(laneOut(long)).toHaveLength(Math.max(0, ...most));
      }),
    );
  });

  test('the densities of all columns add up to the time that the bars take', () => {
    fc.assert(
      fc.property(bars, fc.integer({ min: 1, max: 50 }), (all, columns) => {
        const total = densityOf(all, 1_200, columns).reduce(
          (sum, level) => sum + (level * 1_200) / columns,
          0,
        );
        expect(total).toBeCloseTo(
          all.reduce((sum, { start, end }) => sum + end - start, 0),
          6,
        );
      }),
    );
  });
});

describe('timeline', () => {
  test.each([
    ['five calls', fiveCalls()],
    ['a small log', smallLog()],
    ['hostile keys', hostileRecord()],
    ['many requests', manyRequests()],
  ])('%s: every observation is on exactly one lane', (_name, record) => {
    const drawn = everyBar(buildTimeline(record)).map(({ observation }) => observation);
    expect(drawn).toHaveLength(record.observations.length);
    expect(new Set(drawn)).toEqual(new Set(record.observations));
  });

  test('a key whose computations never overlap has one lane; an overlap would show as a second one', () => {
    const record = smallLog();
    for (const { computes } of buildTimeline(record).keys) expect(computes).toHaveLength(1);
    const compute = (start: number, end: number): TimedObservation => {
      return { kind: 'compute', key: 'k', start, end, readings: 1, environment: 1 };
    };
    const [track] = buildTimeline({ ...record, observations: [compute(0, 10), compute(9, 12)] }).keys;
    expect(track?.computes).toHaveLength(2);
  });

  test('an observation before the start of the run is not drawn left of the axis', () => {
    const timeline = buildTimeline({
      pipeline: 'p',
      startedAt: 100,
      observations: [read(95, 120), read(110, 105)],
      items: [],
    });
    expect(everyBar(timeline).map(({ start, end }) => [start, end])).toEqual([
      [0, 25],
      [15, 15],
    ]);
  });
});

describe('units', () => {
  test('an axis has round marks in one unit, within the span', () => {
    expect(timeTicks(15_004, 6).map(({ label }) => label)).toEqual(['0 s', '5 s', '10 s', '15 s']);
    expect(timeTicks(1_802, 5).map(({ ms, label }) => [ms, label])).toEqual([
      [0, '0 s'],
      [500, '0.5 s'],
      [1_000, '1 s'],
      [1_500, '1.5 s'],
    ]);
    expect(timeTicks(466, 5).at(-1)).toEqual({ ms: 400, label: '400 ms' });
    expect(timeTicks(3_600_000, 6).at(-1)).toEqual({ ms: 3_600_000, label: '60 min' });
  });

  test.each([
    [0.42, '0.4 ms'],
    [640, '640 ms'],
    [999.6, '1.00 s'],
    [7_213, '7.21 s'],
    [119_980, '2 min 00 s'],
    [331_000, '5 min 31 s'],
    [7_500_000, '2 h 05 min'],
  ])('%d ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
