import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCalls } from '../../local/gateway/call-counts.ts';
import { startGateway } from '../../local/gateway/gateway.ts';
import {
  announceLocal,
  assertNoneUp,
  findLocal,
  findLocalOf,
  type LocalRun,
  localFileOf,
} from '../../operate/find-local.ts';
import { findStack } from '../../operate/find-stack.ts';
import { temporaryFolder } from './queues.ts';

const OUTPUTS = {
  RequestsQueueUrl: 'https://sqs/requests',
  RequestsDeadLetterQueueUrl: 'https://sqs/dead-requests',
  ReadingsQueueUrl: 'https://sqs/readings.fifo',
  ReadingsDeadLetterQueueUrl: 'https://sqs/dead-readings.fifo',
  StateTableName: 'table-1',
  UndeliveredBucketName: 'bucket-1',
};

function mockStack(outputs: Readonly<Record<string, string>> = OUTPUTS) {
  const client = mockClient(CloudFormationClient);
  onTestFinished(() => client.restore());
  const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  const Stacks = [
    {
      StackName: 'clicks-production',
      StackStatus: 'CREATE_COMPLETE' as const,
      CreationTime: new Date(0),
      Outputs,
    },
  ];
  client.on(DescribeStacksCommand).resolves({ Stacks });
  client.on(DescribeStackResourcesCommand).resolves({
    StackResources: [
      resource('Reader', 'reader-1'),
      resource('Writer', 'writer-1'),
      resource('StateTable', 'table-1'),
    ],
  });
  return client;
}

const resource = (LogicalResourceId: string, PhysicalResourceId: string) => ({
  LogicalResourceId,
  PhysicalResourceId,
  ResourceType: 'any',
  Timestamp: new Date(0),
  ResourceStatus: 'CREATE_COMPLETE' as const,
});

describe('a deployed stack', () => {
  test('is found by its name, through its outputs', async () => {
    mockStack();
    const found = await findStack('clicks-production', 'eu-west-1');
    expect(found).toMatchObject({
      name: 'clicks-production',
      local: false,
      requestsQueue: 'https://sqs/requests',
      readingsDeadLetterQueue: 'https://sqs/dead-readings.fifo',
      table: 'table-1',
      functions: { reader: 'reader-1', writer: 'writer-1' },
    });
    expect(await found.sqs.config.region()).toBe('eu-west-1');
    expect(found.backfillQueue).toBeUndefined();
    found.close();
  });

  test('with a backfill lane says where that is', async () => {
    mockStack({ ...OUTPUTS, BackfillQueueUrl: 'https://sqs/backfill', BackfillMappingId: 'm-lane' });
    const found = await findStack('clicks-production', 'eu-west-1');
    expect(found).toMatchObject({ backfillQueue: 'https://sqs/backfill', backfillMapping: 'm-lane' });
    found.close();
  });

  test('that is missing is a sentence with the name and the region', async () => {
    const client = mockStack();
    client.on(DescribeStacksCommand).rejects(new Error('Stack with id nowhere does not exist'));
    await expect(findStack('nowhere', 'eu-west-1')).rejects.toThrow(
      /there is no stack "nowhere" in eu-west-1/,
    );
  });

  test('that is not one of Weir names the missing output', async () => {
    mockStack({ ...OUTPUTS, StateTableName: '' });
    await expect(findStack('clicks-production', 'eu-west-1')).rejects.toThrow(
      /no output StateTableName: it is not a/,
    );
  });

  test('with several pipelines is asked for one, by name, path or both in one', async () => {
    const both = ['Energy', 'Water'].flatMap((pipeline) =>
      Object.entries({
        ...OUTPUTS,
        ReaderFunctionName: 'r',
        ComputeFunctionName: 'c',
        WriterFunctionName: 'w',
      }).map(([name, value]) => [`${pipeline}${name}`, `${value}-${pipeline}`]),
    );
    const client = mockStack(Object.fromEntries(both));
    const found = await findStack('Shop', 'eu-west-1', 'Water');
    expect(found).toMatchObject({
      name: 'Shop/Water',
      table: 'table-1-Water',
      functions: { reader: 'r-Water', compute: 'c-Water', writer: 'w-Water' },
    });
    expect(client.commandCalls(DescribeStackResourcesCommand)).toEqual([]);
    await expect(findStack('Shop', 'eu-west-1')).rejects.toThrow(
      /stack Shop has several pipelines: name one with --pipeline.*Energy, Water/,
    );
    await expect(findStack('Shop', 'eu-west-1', 'Gas')).rejects.toThrow(
      /stack Shop has no pipeline "Gas": it has Energy, Water/,
    );
  });

  test('of one pipeline refuses the name of another', async () => {
    mockStack();
    await expect(findStack('clicks-production', 'eu-west-1', 'Gas')).rejects.toThrow(
      /stack clicks-production has no pipeline "Gas": it is one pipeline, leave --pipeline out/,
    );
  });

  test('is found without permission to list its functions', async () => {
    const denied = Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
    mockStack().on(DescribeStackResourcesCommand).rejects(denied);
    expect((await findStack('clicks-production', 'eu-west-1')).functions).toEqual({});
  });
});

const NOBODY = 2 ** 22 + 1; // More than any process has for its number.

function localRun(endpoint: string, processId = process.pid): LocalRun {
  const addresses = {
    name: 'clicks-production',
    table: 'StateTable',
    functions: {},
    mappings: {},
    requestsQueue: 'http://q/1',
    requestsDeadLetterQueue: 'http://q/2',
    readingsQueue: 'http://q/3',
    readingsDeadLetterQueue: 'http://q/4',
  };
  const access = {
    endpoint,
    region: 'us-east-1',
    accessKeyId: 'LOCAL',
    failedOutputsFolder: '/none',
    startedAt: 'now',
  };
  return { process: processId, addresses, access };
}

async function gateway(): Promise<string> {
  const nothing = async () => ({ status: 200, headers: {}, body: '' });
  const started = await startGateway({
    functions: [],
    sqs: nothing,
    dynamodb: nothing,
    calls: createCalls(),
  });
  onTestFinished(() => started.close());
  return started.url;
}

describe('a local run', () => {
  test('is found while it is up, and not after', async () => {
    const file = join(temporaryFolder(), '.weir', 'local.json');
    const run = localRun(await gateway());
    await expect(findLocal(file)).rejects.toThrow(/no local run is up.*weir run --stay.*--stack NAME/);
    {
      await using _announced = await announceLocal(run, file);
      expect(await findLocal(file)).toMatchObject({ name: 'clicks-production', local: true });
    }
    expect(existsSync(file)).toBe(false);
  });

  test('that was killed left a file that is ignored, even if another process has its number now', async () => {
    const file = join(temporaryFolder(), 'local.json');
    const mine = await gateway();
    const left = [
      localRun(mine, NOBODY),
      localRun('http://127.0.0.1:1', process.pid),
      // The port is another run's by now, and the number that of somebody who lives: the first of all processes.
      localRun(mine, 1),
    ];
    for (const run of left) {
      writeFileSync(file, JSON.stringify(run));
      await expect(findLocal(file)).rejects.toThrow(/no local run is up/);
    }
    await using _announced = await announceLocal(localRun(mine), file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(localRun(mine));
  });

  test('is never replaced by a second one, and keeps its file', async () => {
    const file = join(temporaryFolder(), 'local.json');
    const run = localRun(await gateway());
    await using _announced = await announceLocal(run, file);
    await expect(announceLocal(run, file)).rejects.toThrow(/is up already \(clicks-production, process \d+/);
    await expect(assertNoneUp(file)).rejects.toThrow(/end it with Ctrl-C first/);
    expect(existsSync(file)).toBe(true);
  });

  test('of several is found by its pipeline, and without one their names are said', async () => {
    const folder = temporaryFolder();
    const started = await gateway();
    const named = (name: string): LocalRun => {
      const run = localRun(started);
      return { ...run, addresses: { ...run.addresses, name } };
    };
    await expect(findLocalOf('Meters', folder)).rejects.toThrow(/no local run is up/);
    await using _meters = await announceLocal(named('Site/Meters'), localFileOf('Meters', folder));
    expect(await findLocalOf(undefined, folder)).toMatchObject({ name: 'Site/Meters' });
    await using _bills = await announceLocal(named('Site/Bills'), localFileOf('Bills', folder));
    expect(await findLocalOf('Bills', folder)).toMatchObject({ name: 'Site/Bills' });
    await expect(findLocalOf(undefined, folder)).rejects.toThrow(
      'several local runs are up in this folder: choose with --pipeline: Bills, Meters',
    );
    await expect(findLocalOf('Water', folder)).rejects.toThrow(
      'no local run of a pipeline "Water" is up in this folder: there is Bills, Meters',
    );
  });
});
