import { expect, test } from 'vitest';
import { computeBatch } from '../../../../functions/compute/compute.ts';
import type { ShadowJob } from '../../../../functions/compute/shadow/compare-commit.ts';
import { createShadow } from '../../../../functions/compute/shadow/shadow.ts';
import { createShadowProcess } from '../../../../functions/compute/shadow/shadow-process.ts';
import { SHADOW_MS_MAX } from '../../../../functions/limits.ts';
import { buildCompute, buildMessage } from '../../../builders.ts';
import { HOSTILE_SHADOW, list } from './hostile-shadow.ts';

const runShadow = createShadowProcess(HOSTILE_SHADOW, { memoryMb: 256 });
const PATIENCE_MS = 200_000;

/** One job for each reading. */
async function jobsOf(...readings: readonly unknown[]): Promise<readonly ShadowJob[]> {
  const jobs: ShadowJob[] = [];
  const shadow = createShadow({
    ...{
      percent: 100,
      code: 'c',
      msMax: SHADOW_MS_MAX,
      observe: () => {},
      clock: { now: () => 0, sleep: () => new Promise(() => {}) },
    },
    run: async (noted) => {
      jobs.push(...noted);
      return { answers: [] };
    },
    store: { load: async () => undefined, put: async () => {} },
  });
  const batch = readings.map((reading, index) => buildMessage({ key: `k${index}`, readings: [reading] }));
  await computeBatch(batch, 30_000, buildCompute({ pipeline: list, shadow }));
  return jobs;
}

const equal = expect.objectContaining({ readings: 1, different: 0, threw: 0 });

test('a shadow compares commits in a process of its own, which it ends', async () => {
  expect(await runShadow(await jobsOf('a', 'b'), PATIENCE_MS)).toEqual({ answers: [equal, equal] });
});

test.each([
  ['exit', /^ended its process with exit code 3$/],
  ['memory', /^(took more than 96 MB of memory|ran out of memory)$/],
])(
  'a shadow that ends its process by %s is reported, and its earlier comparisons count',
  async (ending, how) => {
    expect(await runShadow(await jobsOf('a', ending, 'b'), PATIENCE_MS)).toEqual({
      answers: [equal],
      ended: expect.stringMatching(how),
    });
  },
);

test('a shadow that never ends is ended when its time is up', async () => {
  const { answers, ended } = await runShadow(await jobsOf('loop'), 2_000);
  expect({ answers, ended }).toEqual({ answers: [], ended: 'did not come back within 2000 ms' });
});
