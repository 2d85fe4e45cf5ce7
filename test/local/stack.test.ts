import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { startDynoxide } from '../../bench/systems/dynoxide.ts';
import { systemClock } from '../../functions/aws/clock.ts';
import { createProtocol } from '../../local/gateway/sqs/protocol.ts';
import { createQueue } from '../../model/queue/queue.ts';
import type { Queue } from '../../model/queue/types.ts';
import { serveSqs } from '../contract/sqs-server.ts';
import {
  allow,
  arnOf,
  gate,
  meeting,
  queue,
  queueMapping,
  receiveFrom,
  run,
  SQS_PACKAGE,
  tinyTemplate,
} from './tiny-stack.ts';
import { createWaitingClock } from './waiting-clock.ts';

const CODE = `
import { SendMessageCommand, SQSClient } from ${SQS_PACKAGE};
const client = new SQSClient();
export async function handler({ Records }) {
  for (const { body } of Records) {
    if (body === 'fail') throw new Error('asked to');
    await client.send(new SendMessageCommand({ QueueUrl: process.env.NEXT, MessageBody: body + process.env.ADDED }));
  }
}`;

/** The time in which a stopped stack ends what works is for what has no end. */
const PATIENT = { stopWithinMs: 300_000 };

/** Longer than it takes to look whether a stack is at rest. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

/** Inbox -> First -> Between -> Second -> Results. */
const chain = () => {
  const hop = (from: string, to: string) => ({
    code: CODE,
    env: { NEXT: { Ref: to } },
    statements: [receiveFrom(from), allow('sqs:SendMessage', arnOf(to))],
  });
  return tinyTemplate(
    { First: hop('Inbox', 'Between'), Second: hop('Between', 'Results') },
    {
      Dead: queue(),
      Inbox: queue({
        VisibilityTimeout: 3,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 1 },
      }),
      Between: queue(),
      Results: queue(),
      FirstMapping: queueMapping('Inbox', 'First'),
      SecondMapping: queueMapping('Between', 'Second'),
    },
  );
};

test('a stack is at rest when everything has gone all the way, though queues that nobody reads hold messages', async () => {
  const { stack } = await run(chain(), { env: { ADDED: '+' } });
  await stack.atRest();
  await stack.submit('Inbox', [{ body: 'a' }, { body: 'b' }]);
  await stack.submit('Inbox', [{ body: 'fail' }]);
  await stack.atRest();
  const bodies = (name: string) =>
    stack
      .queue(name)
      .list()
      .map(({ body }) => body);
  expect(bodies('Results').toSorted()).toEqual(expect.arrayContaining(['a++', 'b++']));
  expect(bodies('Dead')).toContain('fail');
});

test('a stack is not at rest while a function works on messages that its queue has given up', async () => {
  const { code, open } = gate();
  const redrive = { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 1 };
  const source = tinyTemplate(
    { Slow: { code: `export async function handler() {${code}}`, statements: [receiveFrom('Inbox')] } },
    {
      Dead: queue(),
      Inbox: queue({ VisibilityTimeout: 1, RedrivePolicy: redrive }),
      Mapping: queueMapping('Inbox', 'Slow'),
    },
  );
  const { stack, reports } = await run(source, { clock: systemClock });
  await stack.submit('Inbox', [{ body: 'a' }]);
  let isAtRest = false;
  const rest = stack.atRest().then(() => {
    isAtRest = true;
  });
  await expect.poll(() => stack.queue('Dead').counts().visible).toBe(1);
  await settled();
  expect([isAtRest, reports.length]).toEqual([false, 0]);
  open();
  await rest;
  expect([stack.queue('Dead').counts().visible, reports.length]).toEqual([1, 1]);
});

test('stopping a stack lets invocations end, and ends a wait for rest', async () => {
  const slow = gate();
  const code = `export async function handler({ Records }) {${slow.code}
    console.log(JSON.stringify(Records.map(({ body }) => body)));
  }`;
  const source = tinyTemplate(
    { Slow: { code, statements: [receiveFrom('Inbox')] } },
    { Inbox: queue(), Mapping: queueMapping('Inbox', 'Slow') },
  );
  const begun = Promise.withResolvers<void>();
  const { stack, printed, reports } = await run(source, {
    ...PATIENT,
    prewarm: { Slow: 1 },
    onWork: () => begun.resolve(),
  });
  await stack.submit('Inbox', [{ body: 'a' }]);
  await begun.promise;
  const rest = stack.atRest();
  const told = expect(rest).rejects.toThrow('stopped before it was at rest');
  const stopped = [stack.stop(), stack.stop(), told];
  slow.open();
  await Promise.all(stopped);
  expect([printed(), reports.map(({ error }) => error)]).toEqual([[['a']], [undefined]]);
  expect(stack.queue('Inbox').list()).toEqual([]);
  await expect(fetch(stack.gatewayUrl)).rejects.toThrow();
});

test('environments that Lambda keeps started are there before the first message, and work on the first messages', async () => {
  const code = `export async function handler() {${meeting(2)}}`;
  const source = tinyTemplate(
    { Slow: { code, statements: [receiveFrom('Inbox')] } },
    {
      Inbox: queue(),
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Slow' } } },
      Ready: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          FunctionName: { Ref: 'Slow' },
          FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
          Name: 'ready',
          ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
        },
      },
      Mapping: queueMapping('Inbox', 'Ready', { BatchSize: 1 }),
    },
  );
  const { stack, reports } = await run(source);
  await stack.submit('Inbox', [{ body: 'a' }, { body: 'b' }]);
  await stack.atRest();
  expect(reports.map(({ environment }) => environment).toSorted()).toEqual([1, 2]);
  expect(reports.map(({ error }) => error)).toEqual([undefined, undefined]);
});

test('a function to be started before the first message that the stack does not have is named, with those that it has', async () => {
  await expect(run(chain(), { prewarm: { FirstFunction: 1 } })).rejects.toThrow(
    'the stack has no function FirstFunction, it has: First, Second',
  );
});

test('a queue, table or function that the stack does not have is named, with those that it has', async () => {
  const { stack } = await run(chain());
  expect(() => stack.queue('Nowhere')).toThrow(
    'the stack has no queue Nowhere, it has: Dead, Inbox, Between, Results',
  );
});

/** What an SQS elsewhere has beyond the queue model: making and deleting queues. */
async function otherSqs() {
  const queues = new Map<string, Queue>();
  const clock = createWaitingClock(() => [...queues.values()].some((each) => each.counts().inFlight > 0));
  const world = { clock, random: Math.random };
  const protocol = createProtocol(queues, world);
  const { endpoint, close } = await serveSqs(async (request) => {
    const body = Object(request.body);
    const answer = (fields: object) => ({ status: 200, headers: {}, body: fields });
    if (request.target === 'AmazonSQS.CreateQueue') {
      const name = String(body.QueueName);
      const redrive = body.Attributes.RedrivePolicy && JSON.parse(body.Attributes.RedrivePolicy);
      const deadLetterQueue = queues.get(redrive?.deadLetterTargetArn.split(':').at(-1));
      const made = createQueue(
        {
          name,
          visibilityTimeoutMs: Number(body.Attributes.VisibilityTimeout) * 1000,
          ...(deadLetterQueue && { redrive: { deadLetterQueue, maxReceiveCount: redrive.maxReceiveCount } }),
        },
        world,
      );
      queues.set(name, made);
      return answer({ QueueUrl: `http://elsewhere/000000000000/${name}` });
    }
    if (request.target !== 'AmazonSQS.DeleteQueue') return protocol(request);
    queues.delete(String(body.QueueUrl).split('/').at(-1) ?? '');
    return answer({});
  });
  onTestFinished(close);
  return { endpoint, queues, clock };
}

test('with AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_DYNAMODB the engines there are used, and left as they were', async () => {
  const { endpoint, queues, clock } = await otherSqs();
  const dynamo = await startDynoxide();
  onTestFinished(() => dynamo.close());
  const processEnv = { AWS_ENDPOINT_URL_SQS: endpoint, AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint };
  const { stack } = await run(chain(), { processEnv, env: { ADDED: '+' }, clock, onWork: clock.onWork });
  await stack.submit('Inbox', [{ body: 'a', attributes: { id: '1' } }]);
  await stack.atRest();
  await stack.submit('Inbox', [{ body: 'fail' }]);
  await stack.atRest();
  const bodies = (name: string) =>
    queues
      .get(name)
      ?.list()
      .map(({ body }) => body);
  expect([bodies('Results'), bodies('Dead')]).toEqual([['a++'], ['fail']]);
  expect(() => stack.queue('Results')).toThrow(`queue Results is at ${endpoint}`);
  await stack.stop();
  expect([...queues]).toEqual([]);
});

test('a stack that is stopped lets the invocation in work end, and leaves nothing behind', async () => {
  const slow = gate();
  const code = `export async function handler() {
    console.log('begun');${slow.code}
    console.log('ended');
  }`;
  const source = tinyTemplate(
    { Slow: { code, statements: [receiveFrom('Inbox')] } },
    { Inbox: queue(), Mapping: queueMapping('Inbox', 'Slow') },
  );
  const local = (file: string) => JSON.stringify(import.meta.resolve(`../../local/${file}`));
  const script = `
    import { startStack } from ${local('stack.ts')};
    import { planStack } from ${local('template/template.ts')};
    const stack = await startStack(planStack(${JSON.stringify(source)}), {
      onLog: ({ line }) => console.log(line),
      stopWithinMs: ${PATIENT.stopWithinMs},
    });
    const atRest = stack
      .submit('Inbox', [{ body: 'a' }])
      .then(() => stack.atRest())
      .catch((error) => console.log(error.message));
    process.once('SIGINT', () => {
      // The run hears of the stop when it next looks whether the stack is at rest, which may be after the stop.
      Promise.all([stack.stop(), atRest]).then(() => process.exit(130));
      console.log('stopping');
    });
    await atRest;`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  const status = await new Promise((resolve) => {
    child.stdout.on('data', (data) => {
      // Once: the second Ctrl-C would end it at once.
      if (!output.includes('begun') && String(data).includes('begun')) child.kill('SIGINT');
      output += String(data);
      if (output.includes('stopping')) slow.open();
    });
    child.once('close', resolve);
  });
  expect([status, output.trim().split('\n')]).toEqual([
    130,
    expect.arrayContaining(['begun', 'ended', 'the stack was stopped before it was at rest']),
  ]);
});
