/**
 * Compares each role with the calls of its function in a run that takes every path: every permission is used,
 * and without any one of the actions the run fails and names it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { synthesize } from '../../infra/synthesize.ts';
import { permissionsOf } from '../../local/gateway/permissions.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { startStack } from '../../local/stack.ts';
import type { StackPlan } from '../../local/template/stack-spec.ts';
import { planStack, readTemplate } from '../../local/template/template.ts';

let folder = '';
let plan: StackPlan;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-capabilities-'));
  const [stack] = await synthesize({
    pipelines: [{ file: 'test/fixtures/every-path.ts', resultsQueue: true }],
    outdir: join(folder, 'cdk.out'),
    bundleDir: join(folder, 'functions'),
    validate: false,
  });
  if (stack === undefined) throw new Error('no stack');
  plan = planStack(readTemplate(stack.assembly, stack.name));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function goEveryWay(stack: LocalStack): Promise<void> {
  const submit = (...requests: object[]) => submitTo('RequestsQueue', ...requests);
  const submitTo = (queue: string, ...requests: object[]) =>
    stack.submit(
      queue,
      requests.map((request) => ({ body: JSON.stringify(request) })),
    );
  const way = (key: string, sequence: number, name: string) => ({ key, sequence, way: name });
  // Sequence 2 is parked and taken up when 1 has come; a refused request leaves a tombstone, a poison a dead letter.
  await submit(way('a', 2, 'plain'), way('b', 1, 'refuse'), way('c', 1, 'poison'));
  await stack.atRest();
  await submit(way('a', 1, 'plain'), way('d', 1, 'retry'), way('e', 1, 'submit'), way('f', 1, 'answer'));
  await submitTo('BackfillQueue', way('g', 1, 'retry'), way('h', 1, 'submit'));
  await stack.atRest();
}

/** Logs and objects are written by Lambda itself, outside of what a local run has. */
const OUTSIDE = /^(logs|s3):/;

const grantsOf = (from: StackPlan) =>
  from.functions.flatMap(({ id, policy }) =>
    policy.flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => ({ id, action, resource }))),
    ),
  );
const line = ({ id, action, resource }: { id: string; action: string; resource: string }) =>
  `${id} ${action} ${resource}`;

/** What Lambda does with the function's role for its mapping, as local/gateway/roles.ts checks it. */
const OF_THE_MAPPING = [
  ...['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((operation) => `sqs:${operation}`),
  ...['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
    (operation) => `dynamodb:${operation}`,
  ),
];

describe('the roles', () => {
  test('grant only permissions that a function or its mapping uses', async () => {
    const used = new Set<string>();
    const stack = await startStack(plan, {
      intercept: ({ functionName: id, service, operation, body }) => {
        for (const permission of permissionsOf(service, operation, body))
          used.add(line({ id, ...permission }));
        return undefined;
      },
    });
    onTestFinished(() => stack.stop());
    await goEveryWay(stack);
    const granted = grantsOf(plan).filter(({ action }) => !OUTSIDE.test(action));
    const byFunctions = granted.filter(({ action }) => !OF_THE_MAPPING.includes(action));
    expect(byFunctions.map(line).filter((grant) => !used.has(grant))).toEqual([]);
    expect(byFunctions).not.toEqual([]);
    const byMappings = granted.filter(({ action }) => OF_THE_MAPPING.includes(action));
    const mapped = [...plan.queueMappings, ...plan.streamMappings].map(({ functionName }) => functionName);
    expect(new Set(byMappings.map(({ id }) => id))).toEqual(new Set(mapped));
  });
});

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000';
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/StateTable';
const receive = (id: string, queue: string) =>
  ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map(
    (operation) => [id, `sqs:${operation}`, `${QUEUE}:${queue}`] as const,
  );
const GRANTS = [
  ...receive('Reader', 'RequestsQueue'),
  ['Reader', 'sqs:ChangeMessageVisibility', `${QUEUE}:RequestsQueue`],
  ['Reader', 'sqs:SendMessage', `${QUEUE}:RequestsQueue`],
  ...receive('Reader', 'BackfillQueue'),
  ['Reader', 'sqs:ChangeMessageVisibility', `${QUEUE}:BackfillQueue`],
  ['Reader', 'sqs:SendMessage', `${QUEUE}:BackfillQueue`],
  ['Reader', 'sqs:SendMessage', `${QUEUE}:RequestsDeadLetterQueue`],
  ['Reader', 'sqs:SendMessage', `${QUEUE}:ReadingsQueue.fifo`],
  ...receive('Compute', 'ReadingsQueue.fifo'),
  ['Compute', 'dynamodb:DeleteItem', TABLE],
  ['Compute', 'dynamodb:GetItem', TABLE],
  ['Compute', 'dynamodb:PutItem', TABLE],
  ['Compute', 'dynamodb:Query', TABLE],
  ['Writer', 'dynamodb:DescribeStream', `${TABLE}/stream/local`],
  ['Writer', 'dynamodb:GetRecords', `${TABLE}/stream/local`],
  ['Writer', 'dynamodb:GetShardIterator', `${TABLE}/stream/local`],
  ['Writer', 'dynamodb:ListStreams', '*'],
  ['Writer', 'dynamodb:GetItem', TABLE],
  ['Writer', 'sqs:SendMessage', `${QUEUE}:RequestsQueue`],
  ['Writer', 'sqs:SendMessage', `${QUEUE}:ReadingsDeadLetterQueue.fifo`],
  ['Writer', 'sqs:SendMessage', `${QUEUE}:ResultsQueue`],
  ['Writer', 's3:PutObject', 'arn:aws:s3:::undeliveredbucket/*'],
  ['Writer', 's3:ListBucket', 'arn:aws:s3:::undeliveredbucket'],
] as const;

/** The plan with that one action taken out of that one role: on that resource, the others keep it. */
function without(functionId: string, action: string, resource: string): StackPlan {
  return {
    ...plan,
    functions: plan.functions.map((each) => ({
      ...each,
      policy: each.policy.flatMap((statement) =>
        statement.resources.map((one) => ({
          ...statement,
          resources: [one],
          actions: statement.actions.filter(
            (granted) => each.id !== functionId || one !== resource || granted !== action,
          ),
        })),
      ),
    })),
  };
}

describe('a run fails and names function, action and resource', () => {
  test('the table of grants is complete', () => {
    const granted = grantsOf(plan).filter(({ action }) => !action.startsWith('logs:'));
    expect(GRANTS.map(([id, action, resource]) => line({ id, action, resource })).sort()).toEqual(
      granted.map(line).sort(),
    );
  });

  test.each(GRANTS)('without %s %s %s', { timeout: 1_200_000 }, async (id, action, resource) => {
    const run = async () => {
      const stack = await startStack(without(id, action, resource));
      onTestFinished(() => stack.stop());
      await goEveryWay(stack);
    };
    const told = await run().then(
      () => 'the run went through',
      (error: Error) => error.message,
    );
    expect(told).toContain(`function:${id} is not authorized to perform: ${action} on resource: `);
    expect(told).toContain(resource.replace(/\*$/, ''));
  });
});
