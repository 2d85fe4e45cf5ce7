/** No call needs more permissions than docs/client.md lists for it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../client/client.ts';
import { createStage, WHERE } from './table.ts';

const doc = readFileSync(join(import.meta.dirname, '../../docs/client.md'), 'utf8');

/** By the row of the table that begins with this call. */
function rightsOf(call: string): string[] {
  const [, needs = ''] =
    doc
      .split('\n')
      .find((line) => line.startsWith('| ') && line.includes(`\`${call}\``))
      ?.slice(2)
      .split(' | ') ?? [];
  return [...needs.matchAll(/`(?:sqs|dynamodb):(\w+)`/g)].map(([, action]) => action ?? '').sort();
}

test('each call of the client needs the rights that its page says, and no others', async () => {
  const stage = await createStage();
  for (let n = 0; n < 60; n += 1) await stage.compute({ request: `r-${n}`, readings: ['x', 'bad'] });
  let asked = new Set<string>();
  stage.dynamo.middlewareStack.add(
    (next, context) => (args) => {
      asked.add(String(context['commandName']).replace(/Command$/, ''));
      return next(args);
    },
    { step: 'initialize' },
  );
  const during = async (work: () => Promise<unknown>) => {
    asked = new Set();
    await work();
    return [...asked].sort();
  };
  expect(await during(() => stage.client.getState('k'))).toEqual(rightsOf('getState'));
  expect(await during(() => stage.client.getStates(['k', 'l']))).toEqual(rightsOf('getStates'));
  expect(await during(() => stage.client.waitFor('r-0', { keys: ['k'], timeoutMs: 0 }))).toEqual(
    rightsOf('waitFor'),
  );

  const sqs = mockClient(SQSClient);
  onTestFinished(() => sqs.restore());
  sqs.on(SendMessageBatchCommand).resolves({});
  await createClient({
    ...WHERE,
    sqs: new SQSClient({}),
    clock: { now: () => 0, sleep: async () => {} },
  }).submit([{ body: 1 }]);
  expect(sqs.calls()).toHaveLength(sqs.commandCalls(SendMessageBatchCommand).length);
  // SendMessageBatch is asked for under the right to send one.
  expect(rightsOf('submit')).toEqual(['SendMessage']);
  sqs.reset();
  sqs.on(SendMessageCommand).resolves({});
  await createClient({ ...WHERE, readingsQueueUrl: 'https://readings', sqs: new SQSClient({}) }).forget('k');
  expect(sqs.calls()).toHaveLength(1);
  expect(rightsOf('forget')).toEqual(['SendMessage']);
});
