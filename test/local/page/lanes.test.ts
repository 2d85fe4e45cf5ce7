import * as v from 'valibot';
import { expect, test } from 'vitest';
import type { RunObservation } from '../../../local/report/observed.ts';

/** Of the browser's own files: they have no types. */
const Lanes = v.object({
  layOut: v.pipe(
    v.function(),
    v.args(v.tuple([v.unknown(), v.number()])),
    v.returns(v.looseObject({ bars: v.array(v.unknown()) })),
  ),
});

test('the timeline of the page draws work that took time, and accepts observations of sources and failures', async () => {
  const file = '../../../local/page/lanes.js';
  const { layOut } = v.parse(Lanes, await import(file));
  const bar = { environment: 1, start: 1_000, end: 2_000 };
  const observations: RunObservation[] = [
    { ...bar, kind: 'read', request: 'r', outcome: 'done', readings: 1 },
    {
      ...{ kind: 'source', environment: 1, source: 'a.example', at: 1_500, rate: 20, concurrency: undefined },
      ...{ refused: 0, givenBack: 0, closedUntil: 0, alone: undefined },
    },
    { ...bar, kind: 'compute', key: 'k', readings: 1 },
  ];
  expect(layOut(observations, 0).bars).toEqual([observations[0], observations[2]]);
});
