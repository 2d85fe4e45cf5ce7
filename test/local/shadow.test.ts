import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeStack } from '../../local/announce.ts';
import { startRun } from '../../local/run.ts';
import { connectLocal } from '../../operate/connect.ts';
import { listShadows, loadShadow } from '../../operate/shadow.ts';
import { forget } from '../../operate/words.ts';

const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures', name);
const request = (meter: string, ...kwh: readonly number[]) => ({
  body: JSON.stringify({ readings: kwh.map((each) => ({ meter, kwh: each })) }),
});

async function startMeters() {
  const shadow = { entry: fixture('meters-next.ts'), percent: 100 };
  const run = await startRun({ pipeline: { file: fixture('meters.ts'), shadow } });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  return { run, deployment };
}

const statesOf = async (run: Awaited<ReturnType<typeof startRun>>) =>
  Object.fromEntries((await run.items()).map(({ key, state }) => [key, state]));

test('a shadow in a local run tells each key whether it is equal, different or threw, changes no state, and a forget takes along what it tells', async () => {
  const { run, deployment } = await startMeters();
  await run.submit([request('equal', 1, 2, 3)]);
  await run.stack.atRest();
  await run.submit([request('different', 1, 7, 2)]);
  await run.stack.atRest();
  await run.submit([request('threw', 13)]);
  await run.stack.atRest();
  const options = { limit: 10, signal: new AbortController().signal };
  const { keys } = await listShadows(deployment, options);
  expect(keys).toMatchObject([
    { key: 'different', verdict: 'different', readings: 3, different: 1, threw: 0, missed: 0 },
    { key: 'equal', verdict: 'equal', readings: 3, different: 0, threw: 0, missed: 0 },
    { key: 'threw', verdict: 'threw', readings: 1, threw: 1, missed: 0 },
  ]);
  expect((await loadShadow(deployment, 'different')).findings).toMatchObject([
    { index: 1, version: 1, changes: [{ path: '/state/total', old: '8', new: '71' }] },
  ]);
  expect(await statesOf(run)).toEqual({
    equal: '{"total":6}',
    different: '{"total":10}',
    threw: '{"total":13}',
  });
  const { signal } = options;
  await forget(deployment, 'different', 'a test', { waitMs: 60_000, signal });
  await run.stack.atRest();
  expect((await listShadows(deployment, options)).keys).toMatchObject([
    { key: 'different', different: 0, findings: [] },
    { key: 'equal' },
    { key: 'threw' },
  ]);
}, 90_000);

test('a shadow that never ends is ended: the commit is made, its messages do not come back', async () => {
  const { run, deployment } = await startMeters();
  await run.submit([request('loops', 17)]);
  await run.stack.atRest();
  expect(await loadShadow(deployment, 'loops')).toMatchObject({
    verdict: 'missed',
    missed: 1,
    trouble: { version: 1, reason: expect.stringMatching(/^the shadow did not come back within \d+ ms$/) },
  });
  expect(await statesOf(run)).toEqual({ loops: '{"total":17}' });
  expect((await run.record()).observations.filter(({ kind }) => kind === 'failure')).toEqual([]);
}, 90_000);
