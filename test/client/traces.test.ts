/** From `client.submit` to an output, through both queues, the table and its stream. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../client/client.ts';
import { describeStack } from '../../local/announce.ts';
import { startRun } from '../../local/run.ts';
import { connectLocal } from '../../operate/connect.ts';
import type traced from '../fixtures/traced.ts';
import { temporaryFolder } from '../operate/queues.ts';

const TRACE = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
};

test('write sees the trace of client.submit with the output, and with the output of a request that follows from it', async () => {
  const file = join(temporaryFolder(), 'outputs.ndjson');
  const run = await startRun({
    pipeline: { file: resolve(import.meta.dirname, '../fixtures/traced.ts'), resultsQueue: false },
    env: { TRACED_FILE: file },
  });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const { sqs, dynamo, close } = connectLocal(addresses, access);
  onTestFinished(close);
  const where = { requestsQueueUrl: addresses.requestsQueue, tableName: addresses.table };
  const client = createClient<typeof traced>({ ...where, sqs, dynamo });
  const { accepted } = await client.submit([
    { id: 'r-1', body: { part: 'first', next: 'second' }, ...TRACE },
    { id: 'r-2', body: { part: 'untraced' } },
    { id: 'r-3', body: { part: 'invalid' }, traceparent: 'nonsense' },
  ]);
  expect(accepted).toEqual(['r-1', 'r-2', 'r-3']);
  await run.stack.atRest();
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  // Written at least once.
  const outputs = [...new Set(lines)]
    .map((line) => JSON.parse(line))
    .sort((a, b) => (a.part < b.part ? -1 : 1));
  expect(outputs).toEqual([
    { part: 'first', ...TRACE },
    { part: 'invalid' },
    { part: 'second', ...TRACE },
    { part: 'untraced' },
  ]);
});
