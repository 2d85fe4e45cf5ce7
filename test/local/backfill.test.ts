/** Both lanes of a pipeline, run by the real bundles of a whole stack. */
import { expect, onTestFinished, test } from 'vitest';
import { describeStack } from '../../local/announce.ts';
import { startRun } from '../../local/run.ts';
import { pause, resume } from '../../operate/brake.ts';
import { connectLocal } from '../../operate/connect.ts';
import { redriveDead } from '../../operate/dead.ts';
import { lookAt } from '../../operate/status.ts';

const TIMEOUT_MS = 1_200_000;

async function startLanes() {
  const run = await startRun({ pipeline: { file: 'test/fixtures/two-lanes.ts' } });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  const submit = (queue: 'BackfillQueue' | 'RequestsQueue', requests: Record<string, string>) =>
    run.stack.submit(
      queue,
      Object.entries(requests).map(([id, way]) => ({ body: JSON.stringify({ way }), attributes: { id } })),
    );
  const idsOf = async () => {
    const [item] = await run.items();
    return JSON.parse(item?.state ?? '[]') as unknown;
  };
  return { run, deployment, submit, idsOf };
}

test('a backfill is read beside live requests, each request once, and what it submits stays in its lane', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { run, deployment, submit, idsOf } = await startLanes();
  await pause(deployment, 'backfill', { reason: 'at night only', until: undefined, now: Date.now() });
  await submit('BackfillQueue', { 'old-1': 'submit', 'old-2': 'plain', 'old-3': 'retry' });
  await submit('RequestsQueue', { 'new-1': 'plain' });
  await expect.poll(idsOf, { interval: 100 }).toEqual(['new-1']);
  const look = await lookAt(deployment);
  expect(look.backfill).toMatchObject({ visible: 3, inFlight: 0 });
  expect(look.brake).toMatchObject([
    { part: 'reads', state: 'running' },
    { part: 'computes', state: 'running' },
    { part: 'writes', state: 'running' },
    { part: 'backfill', state: 'paused', note: { reason: 'at night only' } },
  ]);
  await resume(deployment, 'backfill');
  await run.stack.atRest();
  const ids = await idsOf();
  expect(ids).toEqual(['new-1', 'old-1', 'old-2', 'old-3', expect.stringContaining('next')].sort());
  const sent = run.stack.calls.byCaller()['Reader'];
  expect(run.stack.queue('BackfillQueue').counts()).toMatchObject({ visible: 0, inFlight: 0 });
  expect(sent).toBeDefined();
});

test('a dead letter of the backfill says its lane, and a redrive brings it back there', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { run, deployment, submit, idsOf } = await startLanes();
  await submit('BackfillQueue', { old: 'refuse' });
  await submit('RequestsQueue', { new: 'refuse' });
  await run.stack.atRest();
  const dead = await run.stack.list('RequestsDeadLetterQueue');
  expect(Object.fromEntries(dead.map(({ attributes }) => [attributes['id'], attributes['lane']]))).toEqual({
    old: 'backfill',
    new: undefined,
  });
  await pause(deployment, 'reads', { reason: undefined, until: undefined, now: Date.now() });
  const signal = new AbortController().signal;
  await redriveDead(deployment, 'all', { places: ['requests'], limit: 10, signal });
  const idsIn = async (queue: string) => (await run.stack.list(queue)).map(({ attributes }) => attributes);
  expect(await idsIn('BackfillQueue')).toMatchObject([{ id: 'old' }]);
  expect(await idsIn('RequestsQueue')).toMatchObject([{ id: 'new' }]);
  expect(await idsOf()).toEqual([]);
});
