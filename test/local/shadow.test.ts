import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeStack } from '../../local/announce.ts';
import { type RunOptions, startRun } from '../../local/run.ts';
import { connectLocal } from '../../operate/connect.ts';
import { type KeyShadow, listShadows, loadShadow } from '../../operate/shadow.ts';
import { forget } from '../../operate/words.ts';

const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures', name);
const request = (meter: string, ...kwh: readonly number[]) => ({
  body: JSON.stringify({ readings: kwh.map((each) => ({ meter, kwh: each })) }),
});

async function startMeters(patience: Pick<RunOptions, 'env' | 'settings'> = {}) {
  const shadow = { entry: fixture('meters-next.ts'), percent: 100 };
  const run = await startRun({ pipeline: { file: fixture('meters.ts'), shadow }, ...patience });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  return { run, deployment };
}

const options = { limit: 10, signal: new AbortController().signal };
/** A process may take longer to start than a function waits for it. */
const PATIENT = { env: { WEIR_SHADOW_MS_MAX: '200000' }, settings: { compute: { timeoutSeconds: 900 } } };

const statesOf = async (run: Awaited<ReturnType<typeof startRun>>) =>
  Object.fromEntries((await run.items()).map(({ key, state }) => [key, state]));

test('a shadow in a local run tells each key whether it is equal, different or threw, changes no state, and a forget takes along what it tells', async () => {
  const { run, deployment } = await startMeters(PATIENT);
  await run.submit([request('equal', 1, 2, 3)]);
  await run.stack.atRest();
  await run.submit([request('different', 1, 7, 2)]);
  await run.stack.atRest();
  await run.submit([request('threw', 13)]);
  await run.stack.atRest();
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
  await forget(deployment, 'different', 'a test', { waitMs: 200_000, signal: options.signal });
  await run.stack.atRest();
  expect((await listShadows(deployment, options)).keys).toMatchObject([
    { key: 'different', different: 0, findings: [] },
    { key: 'equal' },
    { key: 'threw' },
  ]);
});

test('a shadow that never ends is ended: the commit is made, its messages do not come back', async () => {
  const { run, deployment } = await startMeters();
  let version = 0;
  let found: KeyShadow | undefined;
  // A function that is held up answers before it has noted what the shadow did, and rests from it for ten commits.
  while (found?.trouble === undefined) {
    await run.submit([request('loops', 17)]);
    await run.stack.atRest();
    version += 1;
    [found] = (await listShadows(deployment, options)).keys;
  }
  expect(found).toMatchObject({
    verdict: 'missed',
    missed: version,
    trouble: { version, reason: expect.stringMatching(/^the shadow did not come back within \d+ ms$/) },
  });
  expect(await statesOf(run)).toEqual({ loops: JSON.stringify({ total: 17 * version }) });
  expect((await run.record()).observations.filter(({ kind }) => kind === 'failure')).toEqual([]);
});
