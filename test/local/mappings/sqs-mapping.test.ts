import { expect, test } from 'vitest';
import type { TemplateSource } from '../../../local/template/template.ts';
import { arnOf, meeting, queue, queueMapping, receiveFrom, run, tinyTemplate } from '../tiny-stack.ts';

/** Prints the bodies of each batch; fails the messages that the event's bodies ask to. */
const CODE = `
export async function handler({ Records }) {
  console.log(JSON.stringify(Records.map(({ body, attributes }) => [body, Number(attributes.ApproximateReceiveCount)])));
  if (Records.some(({ body }) => body === 'throw')) throw new Error('asked to');
  if (Records.some(({ body }) => body === 'hang')) await new Promise(() => {});
  const failed = Records.filter(({ body }) => body.startsWith('fail'));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}`;

const FIFO = { FifoQueue: true, QueueName: 'inbox.fifo', ContentBasedDeduplication: true };

function template({ code = CODE, inbox = {}, mapping = {}, timeout = 300, maxReceiveCount = 2 } = {}) {
  return tinyTemplate(
    { Worker: { code, timeout, statements: [receiveFrom('Inbox')] } },
    {
      Dead: queue('FifoQueue' in inbox ? { FifoQueue: true, QueueName: 'dead.fifo' } : {}),
      Inbox: queue({
        VisibilityTimeout: 3,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount },
        ...inbox,
      }),
      Mapping: queueMapping('Inbox', 'Worker', mapping),
    },
  );
}

const runWarm = (source: TemplateSource) => run(source, { prewarm: { Worker: 1 } });
const bodies = (list: readonly { body: string }[]) => list.map(({ body }) => body);
const messages = (...texts: string[]) => texts.map((body) => ({ body }));

test('only messages reported as failed come back, after the visibility timeout, and end in the dead-letter queue', async () => {
  const { stack, printed } = await runWarm(template());
  await stack.submit('Inbox', messages('a', 'fail', 'b'));
  await stack.atRest();
  expect(printed()).toEqual([
    [
      ['a', 1],
      ['fail', 1],
      ['b', 1],
    ],
    [['fail', 2]],
  ]);
  expect(bodies(stack.queue('Dead').list())).toEqual(['fail']);
});

test('an error deletes nothing of its batch, and does not affect other batches', async () => {
  const { stack, printed } = await runWarm(template({ mapping: { BatchSize: 1 } }));
  await stack.submit('Inbox', messages('throw', 'a'));
  await stack.atRest();
  expect(printed()).toContainEqual([['throw', 2]]);
  expect(printed()).not.toContainEqual([['a', 2]]);
  expect(bodies(stack.queue('Dead').list())).toEqual(['throw']);
});

test('a timeout deletes nothing, and its messages are tried in a new environment', async () => {
  const { stack, reports } = await runWarm(template({ timeout: 1 }));
  await stack.submit('Inbox', messages('hang'));
  await stack.atRest();
  expect(reports.map(({ environment, error }) => [environment, error?.type])).toEqual([
    [1, 'Sandbox.Timedout'],
    [2, 'Sandbox.Timedout'],
  ]);
  expect(bodies(stack.queue('Dead').list())).toEqual(['hang']);
});

test('an answer of the wrong shape fails the whole batch', async () => {
  const code = CODE.replace('itemIdentifier: messageId', 'itemIdentifier: 42');
  const { stack } = await runWarm(template({ code }));
  await stack.submit('Inbox', messages('a', 'fail'));
  await stack.atRest();
  expect(bodies(stack.queue('Dead').list()).sort()).toEqual(['a', 'fail']);
});

test('a group of a FIFO queue is in one invocation at a time, in order; groups run side by side', async () => {
  const code = `
    export async function handler({ Records }) {
      console.log(JSON.stringify({ at: performance.timeOrigin + performance.now(), begin: Records.map((r) => r.body) }));
      await new Promise((resolve) => setTimeout(resolve, 30));
      console.log(JSON.stringify({ at: performance.timeOrigin + performance.now(), end: Records.map((r) => r.body) }));
    }`;
  const mapping = { BatchSize: 3, ScalingConfig: { MaximumConcurrency: 4 } };
  const { stack, printed } = await runWarm(template({ code, inbox: FIFO, mapping }));
  const groups = ['a', 'b', 'c'];
  const sent = Array.from({ length: 36 }, (_, index) => `${groups[index % 3]}${index}`);
  await stack.submit(
    'Inbox',
    sent.map((body) => ({ body, group: body.charAt(0) })),
  );
  await stack.atRest();
  const events = printed().map((event) => Object(event));
  events.sort((one, other) => one.at - other.at);
  const open = new Set<string>();
  const seen: string[] = [];
  for (const { begin = [], end = [] } of events) {
    for (const group of new Set<string>(begin.map((body: string) => body.charAt(0)))) {
      expect(open).not.toContain(group);
      open.add(group);
    }
    for (const body of end) open.delete(body.charAt(0));
    seen.push(...begin);
  }
  for (const group of groups) {
    const ofGroup = (body: string) => body.startsWith(group);
    expect(seen.filter(ofGroup)).toEqual(sent.filter(ofGroup));
  }
});

test('never more invocations at once than MaximumConcurrency', async () => {
  const code = `export const handler = async () => {${meeting(3)}
    await new Promise((resolve) => setTimeout(resolve, 20));
  }`;
  const mapping = { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 3 } };
  const { stack, reports } = await runWarm(template({ code, mapping }));
  await stack.submit('Inbox', messages(...'abcdefghijklmnop'));
  await stack.atRest();
  expect(reports).toHaveLength(16);
  expect(new Set(reports.map(({ environment }) => environment)).size).toBe(3);
});

test('the event is what Lambda sends', async () => {
  const code = 'export const handler = (event) => console.log(JSON.stringify(event))';
  const { stack, printed } = await runWarm(template({ code, inbox: FIFO }));
  const message = { body: 'text', group: 'g', deduplicationId: 'd', attributes: { id: 'r-1' } };
  await stack.submit('Inbox', [message]);
  await stack.atRest();
  expect(printed()).toEqual([
    {
      Records: [
        {
          messageId: expect.any(String),
          receiptHandle: expect.any(String),
          body: 'text',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SequenceNumber: expect.stringMatching(/^\d{20}$/),
            MessageGroupId: 'g',
            SenderId: expect.any(String),
            MessageDeduplicationId: 'd',
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          },
          messageAttributes: {
            id: { stringValue: 'r-1', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          md5OfBody: '1cb251ec0d568de6a929b520c4aed8d1',
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:inbox.fifo',
          awsRegion: 'us-east-1',
        },
      ],
    },
  ]);
});

test('a process that ends affects only its own batch', async () => {
  const code = `
    export async function handler({ Records: [record] }) {
      if (record.body === 'exit') process.exit(1);
      await new Promise((resolve) => setTimeout(resolve, 200));
      console.log(JSON.stringify(record.body));
    }`;
  const { stack, printed } = await runWarm(template({ code, mapping: { BatchSize: 1 } }));
  await stack.submit('Inbox', messages('a', 'exit', 'b'));
  await stack.atRest();
  expect(printed().sort()).toEqual(['a', 'b']);
  expect(bodies(stack.queue('Dead').list())).toEqual(['exit']);
});
