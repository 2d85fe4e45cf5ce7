import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeItem } from '../../functions/aws/dynamo-items.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { keysBehind, touchBehind } from '../../operate/migrate.ts';
import { forget, reset } from '../../operate/words.ts';
import { createStage, pipeline, TABLE } from '../client/table.ts';
import { buildItem } from '../item-builder.ts';

const signal = new AbortController().signal;
const options = { waitMs: 5_000, signal };

/** A deployment whose compute function hears a word at once. */
async function deploy(parts: Partial<Pipeline> = {}) {
  const stage = await createStage(undefined, { pipeline: { ...pipeline, ...parts } });
  const sqs = mockClient(SQSClient);
  onTestFinished(() => sqs.restore());
  const hear = async (MessageBody = '', MessageGroupId = '') => {
    await stage.hear({
      key: MessageGroupId,
      group: MessageGroupId,
      body: MessageBody,
      deduplicationId: '',
      readings: 0,
    });
  };
  sqs.on(SendMessageCommand).callsFake(async ({ MessageBody, MessageGroupId }) => {
    await hear(MessageBody, MessageGroupId);
    return { SequenceNumber: '0' };
  });
  sqs.on(SendMessageBatchCommand).callsFake(async ({ Entries }) => {
    for (const { MessageBody, MessageGroupId } of Entries) await hear(MessageBody, MessageGroupId);
    return { Successful: Entries.map(({ Id }: { Id: string }) => ({ Id })) };
  });
  const deployment = {
    name: 'test',
    sqs: new SQSClient({}),
    dynamo: stage.dynamo,
    table: TABLE,
    readingsQueue: 'q',
  };
  return { stage, sqs, deployment: deployment as unknown as Deployment };
}

describe('an operator', () => {
  test('forgets a key, and is told when it is done', async () => {
    const { stage, deployment } = await deploy();
    await stage.compute({ key: 'a', readings: ['x'] });
    const said = await forget(deployment, 'a', 'asked for', options);
    expect(said).toMatchObject({
      outcome: 'done',
      after: { state: undefined, history: [{ reason: 'asked for' }] },
    });
    expect(await stage.client.getState('a')).toBeUndefined();
  });

  test('resets a key to a state of its own version, and is told when it refused', async () => {
    const { stage, deployment } = await deploy();
    await stage.compute({ key: 'a', readings: ['x'] });
    const done = await reset(deployment, 'a', { state: '{"count":7}' }, 'miscounted', options);
    expect(done).toMatchObject({ outcome: 'done', after: { state: '{"count":7}' } });
    await stage.compute({ key: 'a', request: 's', readings: ['x'] });
    expect(await stage.client.getState('a')).toMatchObject({ state: { count: 8 } });
    await expect(reset(deployment, 'b', { state: '1' }, 'why', options)).rejects.toThrow('has no key "b"');
  });

  test('who does not wait learns that the command is sent, with its id', async () => {
    const { deployment } = await deploy();
    const said = await forget(deployment, 'a', '', { id: 'mine', waitMs: 0, signal });
    expect(said).toEqual({ outcome: 'sent', id: 'mine', after: undefined });
  });
});

describe('a migration of quiet keys', () => {
  const second = { state: { version: 2, migrate: { 1: (old: unknown) => ({ ...Object(old), two: true }) } } };
  const leftOf = async (deployment: Deployment, to: number) => {
    const left: string[] = [];
    for await (const { keys } of keysBehind(deployment, to, signal)) left.push(...keys.map(({ key }) => key));
    return left.sort();
  };

  test('updates each key of an older version and no other; an interrupted one is continued by the next', async () => {
    const { stage, deployment, sqs } = await deploy(second);
    const put = (key: string, parts = {}) =>
      stage.dynamo.send(
        new PutItemCommand({ TableName: TABLE, Item: encodeItem(buildItem({ key, ...parts })) }),
      );
    for (let n = 0; n < 25; n += 1) await put(`old-${n}`);
    await put('new', { stateVersion: 2 });
    await put('gone', { state: undefined });
    expect(await leftOf(deployment, 2)).toHaveLength(25);
    const broken = new AbortController();
    for await (const { touched } of touchBehind(deployment, {
      to: 2,
      perSecond: 1e6,
      signal: broken.signal,
    })) {
      if (touched > 0) broken.abort();
    }
    expect(await leftOf(deployment, 2)).toHaveLength(15);
    let total = 0;
    for await (const { touched } of touchBehind(deployment, { to: 2, perSecond: 1e6, signal }))
      total += touched;
    expect(total).toBe(15);
    expect(await leftOf(deployment, 2)).toEqual([]);
    expect(sqs.commandCalls(SendMessageBatchCommand)).toHaveLength(3);
    expect(await stage.client.getState('old-3')).toMatchObject({ state: { two: true }, stateVersion: 2 });
    expect(await stage.client.getState('new')).toMatchObject({ version: 1 });
  });
});
