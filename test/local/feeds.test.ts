/**
 * Feeds on this machine: the template's own functions, fed by its mappings, or by a file if the source is
 * external.
 */
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { App, Stack } from 'aws-cdk-lib/core';
import { expect, onTestFinished, test } from 'vitest';
import { contextOfCdkJson } from '../../infra/synthesize.ts';
import { WeirPipeline } from '../../infra/weir-pipeline.ts';
import { accessKeyOf, OPERATOR } from '../../local/gateway/call.ts';
import { summarize } from '../../local/report/run-record.ts';
import { type Run, startTemplate } from '../../local/run.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { onePipeline } from '../../local/template/one-pipeline.ts';
import { pipelinesIn } from '../../local/template/pipelines-in.ts';

/** An app of somebody: a shop with a queue and a table of its own, beside a pipeline that they feed. */
async function startShop(): Promise<Run> {
  const run = await startTemplate(async (folder) => {
    const outdir = join(folder, 'cdk.out');
    const app = new App({
      outdir,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      context: { ...contextOfCdkJson(), 'aws:cdk:enable-path-metadata': true },
    });
    const stack = new Stack(app, 'Shop');
    const deadLetterQueue = { queue: new Queue(stack, 'OrdersDead'), maxReceiveCount: 5 };
    new WeirPipeline(stack, 'Fed', {
      entry: join(import.meta.dirname, '../fixtures/fed.ts'),
      feed: {
        queue: new Queue(stack, 'Orders', { deadLetterQueue }),
        topic: new Topic(stack, 'Prices'),
        dynamoStream: new Table(stack, 'Stock', {
          partitionKey: { name: 'account', type: AttributeType.STRING },
          stream: StreamViewType.NEW_IMAGE,
        }),
        kinesis: Stream.fromStreamArn(
          stack,
          'Meters',
          'arn:aws:kinesis:eu-central-1:123456789012:stream/meters',
        ),
      },
    });
    app.synth();
    const [source] = readAssembly(outdir);
    const [found] = pipelinesIn(source?.template);
    if (source === undefined || found === undefined) throw new Error('no pipeline');
    const { source: template, passedOver } = onePipeline(source, found);
    expect(passedOver).toEqual(['Prices']);
    return { name: 'fed', template };
  }, {});
  onTestFinished(() => run.stop());
  return run;
}

const balances = async (run: Run) =>
  Object.fromEntries((await run.items()).map(({ key, state }) => [key, JSON.parse(state ?? 'null')]));

test('feeds of a queue, a topic, a table and a stream reach the state on this machine, each record once however often it comes', async () => {
  const run = await startShop();
  const entry = (account: string, amount: number) => JSON.stringify({ account, amount });
  await run.stack.submit('QueueFeedSource', [{ body: entry('queue', 3) }, { body: entry('queue', 4) }]);

  const credentials = { accessKeyId: accessKeyOf(OPERATOR), secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: run.stack.gatewayUrl, region: 'us-east-1', credentials });
  onTestFinished(() => client.destroy());
  await client.send(
    new PutItemCommand({
      TableName: 'DynamoStreamFeedSource',
      Item: { account: { S: 'table' }, amount: { N: '5' } },
    }),
  );

  const lines = Array.from({ length: 12 }, (_, index) => ({ number: index + 1, text: entry('stream', 1) }));
  await run.feed('KinesisFeed', lines);
  // As after a function that ended before its answer: the same records come again.
  await run.feed('KinesisFeed', lines);
  await run.feed('TopicFeed', [
    { number: 1, text: entry('topic', 7) },
    { number: 1, text: entry('topic', 7) },
  ]);
  await run.feed('DynamoStreamFeed', [
    { number: 2, text: '{"event":"INSERT","new":{"account":"line","amount":2}}' },
  ]);
  await run.stack.atRest();
  expect(await balances(run)).toEqual({ queue: 7, table: 5, stream: 12, topic: 7, line: 2 });

  const requests = run.observations.flatMap((each) => (each.kind === 'read' ? [each.request] : []));
  expect(requests).toContain('file/shardId-000000000000/12');
  expect(requests.filter((id) => id.startsWith('QueueFeedSource/'))).toHaveLength(2);

  // A record that cannot be a request is a dead letter: the report accounts for it too.
  await run.feed('KinesisFeed', [{ number: 13, text: '' }]);
  await run.stack.atRest();
  const { complete, requests: all, made, deadLetters } = summarize(await run.record());
  expect([complete, all, made]).toEqual([true, 18, 18]);
  expect(deadLetters).toMatchObject([{ stage: 'feed', count: 1 }]);

  await expect(run.feed('Pigeon', lines)).rejects.toThrow(
    'the stack has no feed Pigeon, it has: QueueFeed, TopicFeed, DynamoStreamFeed, KinesisFeed',
  );
});
