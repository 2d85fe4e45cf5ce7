/** The client with a whole pipeline on this machine: reader, compute and writer behind the gateway. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../client/client.ts';
import { describeStack } from '../../local/announce.ts';
import { startRun } from '../../local/run.ts';
import { connectLocal } from '../../operate/connect.ts';
import type ledger from '../fixtures/ledger.ts';
import { temporaryFolder } from '../operate/queues.ts';

test('another application submits, waits, reads the state, and learns where its request was set aside', async () => {
  const broken = join(temporaryFolder(), 'broken');
  writeFileSync(broken, '');
  const run = await startRun({
    pipeline: { file: resolve(import.meta.dirname, '../fixtures/ledger.ts'), resultsQueue: false },
  });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const { sqs, dynamo, close } = connectLocal(addresses, access);
  onTestFinished(close);
  const where = { requestsQueueUrl: addresses.requestsQueue, tableName: addresses.table };
  const client = createClient<typeof ledger>({ ...where, sqs, dynamo });

  const entries = (amount: number, brokenWhile?: string) =>
    ['a', 'b'].map((account) => ({ account, amount, ...(brokenWhile && { brokenWhile }) }));
  const timeoutMs = 50_000;
  for (const time of [1, 2]) {
    const { accepted, refused, unknown } = await client.submit([
      { id: 'r-1', body: { entries: entries(5) } },
    ]);
    expect({ time, accepted, refused, unknown }).toEqual({
      time,
      accepted: ['r-1'],
      refused: [],
      unknown: [],
    });
  }
  expect(await client.waitFor('r-1', { keys: ['a', 'b'], timeoutMs })).toEqual({
    settled: true,
    keys: ['a', 'b'].map((key) => ({ key, outcome: 'applied' })),
  });
  await run.stack.atRest();
  const states = await client.getStates(['a', 'b', 'none']);
  expect([...states.values()].map(({ key, state }) => [key, state.balance])).toEqual([
    ['a', 5],
    ['b', 5],
  ]);

  await client.submit([{ id: 'r-2', body: { entries: entries(7, broken) } }]);
  const { keys } = await client.waitFor('r-2', { keys: ['a'], timeoutMs });
  const readings = [{ part: 0, index: 0, reason: 'amount 7 cannot be booked' }];
  expect(keys).toEqual([{ key: 'a', outcome: 'set-aside', readings }]);
  expect((await client.getState('a'))?.counts).toEqual({ applied: 1, skipped: 0, dead: 1 });
});
