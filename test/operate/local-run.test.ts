import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../functions/aws/clock.ts';
import { describeStack } from '../../local/announce.ts';
import { bodiesOf, startRun } from '../../local/run.ts';
import { connectLocal } from '../../operate/connect.ts';
import { listDead, redriveDead } from '../../operate/dead.ts';
import { DEAD_PLACES } from '../../operate/dead-letter.ts';
import { loadFigures } from '../../operate/figures.ts';
import { listKeys, loadKey } from '../../operate/keys.ts';
import { lookAt } from '../../operate/status.ts';
import { temporaryFolder } from './queues.ts';

test('undelivered outputs are listed in a run and redriven to the writer under their ids', async () => {
  const away = join(temporaryFolder(), 'away');
  writeFileSync(away, '');
  const run = await startRun({
    pipeline: { file: resolve(import.meta.dirname, '../fixtures/posting-ledger.ts'), resultsQueue: true },
    settings: { writer: { retryAttempts: 1 } },
  });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  const request = (amount: number) => ({ body: JSON.stringify({ amount, unwritableWhile: away }) });
  await run.submit([request(1)]);
  await run.stack.atRest();
  await run.submit([request(2)]);
  await run.stack.atRest();

  const options = { places: DEAD_PLACES, limit: 100, signal: new AbortController().signal };
  expect(await listDead(deployment, options)).toMatchObject([
    { place: 'outputs', key: 'all', reason: 'RetryAttemptsExhausted' },
    { place: 'outputs', key: 'all', reason: 'RetryAttemptsExhausted' },
  ]);
  expect(await redriveDead(deployment, 'all', options)).toMatchObject({ done: [], failed: [{}, {}] });
  rmSync(away);
  expect(await redriveDead(deployment, 'all', options)).toMatchObject({ done: [{}, {}], failed: [] });
  expect(await listDead(deployment, options)).toEqual([]);
  // Names of batches tell the second only: two of one second come back in either order, which their ids tell.
  const ids = bodiesOf(run.stack.queue('ResultsQueue')).map(({ id }) => id);
  expect(ids.sort()).toEqual(['all/1/0', 'all/2/0']);

  // What the run says of itself.
  const { functions } = await loadFigures(deployment);
  const reader = functions.find(({ stage }) => stage === 'reader');
  expect(reader).toMatchObject({ invocations: 2, errors: 0, concurrent: 1 });
  expect(await lookAt(deployment)).toMatchObject({
    unknown: [],
    deadLetters: { outputs: 0 },
    keys: { complete: true },
  });
  expect(await listKeys(deployment, { prefix: 'al' })).toMatchObject({
    keys: [{ key: 'all', version: 2 }],
    complete: true,
  });
  expect(await listKeys(deployment, { prefix: 'b' })).toMatchObject({ keys: [] });
  expect(await loadKey(deployment, 'all')).toMatchObject({ state: 3, receipts: 2 });
  await expect(loadKey(deployment, 'none')).rejects.toThrow(/has no key "none".*"weir keys" lists/);
});

test('the age of the oldest message is that of the queue', async () => {
  const run = await startRun({ pipeline: { file: resolve(import.meta.dirname, '../fixtures/ledger.ts') } });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  // The queue's clock: beside it, that of the machine may go back.
  const before = Math.floor(systemClock.now());
  run.stack.queue('RequestsDeadLetterQueue').send({ body: '{}' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const { deadLetters, requests } = await lookAt(deployment);
  expect(requests.oldestAgeMs).toBeUndefined();
  expect(deadLetters.requests.visible).toBe(1);
  expect(deadLetters.requests.oldestAgeMs).toBeGreaterThanOrEqual(20);
  expect(deadLetters.requests.oldestAgeMs).toBeLessThanOrEqual(Math.ceil(systemClock.now()) - before);
});
