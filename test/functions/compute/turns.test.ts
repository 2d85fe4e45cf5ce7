import { describe, expect, test } from 'vitest';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { fold } from '../../../functions/compute/fold.ts';
import type { FoldInput } from '../../../functions/compute/fold-input.ts';
import type { Trial } from '../../../functions/compute/trial.ts';
import { type SuspectGroup, turnsOf } from '../../../functions/compute/turns.ts';
import { buildCompute, buildMessage } from '../../builders.ts';

const MARK: Trial = { deaths: 0, place: '', deathsAtPlace: 0, slow: true, upTo: '', until: 0 };
const TIME_MS = 35_000;

const suspect = (key: string, receiveCount: number, trial?: Trial): SuspectGroup => ({
  group: [buildMessage({ key, receiveCount })],
  trial,
});
const slow = (key: string, receiveCount: number) => suspect(key, receiveCount, MARK);
const deadly = (key: string, deaths: number, deathsAtPlace = 0) =>
  suspect(key, 5, { ...MARK, deaths, deathsAtPlace, place: deathsAtPlace > 0 ? 'r:0' : '' });

/** Who has its turn when, by name of its key. */
function turnsIn(suspects: readonly SuspectGroup[]) {
  const namesOf = (groups: readonly SuspectGroup[]) => groups.map(({ group: [first] }) => first?.group);
  const turns = turnsOf(suspects);
  return {
    patient: namesOf(turns.patient),
    unknown: namesOf(turns.unknown),
    deadly: namesOf(turns.deadly),
    slow: namesOf(turns.slow),
  };
}

describe('among groups that came back,', () => {
  test('unknown groups go by their deliveries, the most often delivered first', () => {
    const { unknown } = turnsIn([suspect('a', 2), suspect('b', 3), suspect('c', 2)]);
    expect(unknown).toEqual(['b', 'a', 'c']);
  });

  test('a slow group goes first in every fourth delivery only, and one at a time', () => {
    for (const receiveCount of [3, 5, 6, 7, 9])
      expect(turnsIn([slow('s', receiveCount), suspect('a', 2)])).toMatchObject({ patient: [], slow: ['s'] });
    for (const receiveCount of [4, 8])
      expect(turnsIn([slow('s', receiveCount), slow('t', receiveCount), suspect('a', 2)])).toMatchObject({
        patient: ['s'],
        slow: ['t'],
      });
  });

  test('a slow group never goes before an unknown group that came back twice already', () => {
    expect(turnsIn([slow('s', 4), suspect('a', 3)])).toMatchObject({ patient: [], slow: ['s'] });
    expect(turnsIn([slow('s', 4), suspect('a', 2)])).toMatchObject({ patient: ['s'], slow: [] });
  });

  test('of the groups that ended the function, the condemned go first, then those that ended it less often', () => {
    const { deadly: order } = turnsIn([
      deadly('a-twice', 2),
      deadly('b-once', 1),
      deadly('c-condemned', 3, 2),
    ]);
    expect(order).toEqual(['c-condemned', 'b-once', 'a-twice']);
  });

  test('each unknown group has its share of the time, and new groups have one too', async () => {
    const shares = new Map<string, number>();
    const foldApart = async (input: FoldInput, shareMs: number) => {
      shares.set(input.key, shareMs);
      return fold(stage.pipeline, stage.clock, input);
    };
    const stage = buildCompute({ foldApart });
    const again = ['a', 'b', 'c'].map((key) => buildMessage({ key, receiveCount: 2 }));
    expect(await computeBatch([...again, buildMessage({ key: 'new' })], TIME_MS, stage)).toEqual([]);
    const left = (shares.get('a') ?? 0) * 4;
    expect(left).toBeLessThan(TIME_MS);
    expect([...shares].map(([key, ms]) => [key, Math.round((12 * ms) / left)])).toEqual([
      ['a', 3],
      ['b', 4],
      ['c', 6],
    ]);
  });
});
