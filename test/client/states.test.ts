import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient, NewerFormatError } from '../../client/client.ts';
import { encodeItem } from '../../functions/aws/dynamo-items.ts';
import { ITEM_FORMAT } from '../../functions/state.ts';
import { buildItem } from '../item-builder.ts';
import { createStage, type pipeline, TABLE, WHERE } from './table.ts';

describe('the client reads', () => {
  test('the state that compute committed, with its version and counts', async () => {
    const { client, compute } = await createStage();
    await compute({ key: 'a', request: 'r-1', readings: ['x', 'y'] });
    await compute({ key: 'a', request: 'r-2', readings: ['skip', 'z'] });
    expect(await client.getState('a')).toEqual({
      key: 'a',
      state: { count: 3 },
      version: 2,
      stateVersion: 1,
      counts: { applied: 3, skipped: 1, dead: 0 },
      stopped: undefined,
    });
  });

  test('nothing for a key without a state', async () => {
    const { client, dynamo } = await createStage();
    const Item = encodeItem(buildItem({ key: 'unbegun', state: undefined }));
    await dynamo.send(new PutItemCommand({ TableName: TABLE, Item }));
    expect(await client.getState('unbegun')).toBeUndefined();
    expect(await client.getState('none')).toBeUndefined();
    expect(await client.getStates(['none', 'unbegun'])).toEqual(new Map());
  });

  test('a state bit for bit, -0 too', async () => {
    const { client, dynamo } = await createStage();
    const Item = encodeItem(buildItem({ key: 'zero', state: '{"n":-0,"m":0.1}' }));
    await dynamo.send(new PutItemCommand({ TableName: TABLE, Item }));
    const found: { readonly state: unknown } | undefined = await client.getState('zero');
    expect(found?.state).toStrictEqual({ n: -0, m: 0.1 });
  });

  test('a state of an older version as it is, or migrated by the steps that it is given', async () => {
    const { client, dynamo } = await createStage();
    const put = (key: string, stateVersion: number) =>
      dynamo.send(
        new PutItemCommand({
          TableName: TABLE,
          Item: encodeItem(buildItem({ key, stateVersion, state: '3' })),
        }),
      );
    await put('old', 1);
    await put('new', 3);
    expect(await client.getState('old')).toMatchObject({ state: 3, stateVersion: 1 });
    expect(await client.getState('new')).toMatchObject({ state: 3, stateVersion: 3 });
    const migrating = createClient<typeof pipeline>({
      ...WHERE,
      dynamo,
      state: { version: 2, migrate: { 1: (count) => ({ count }) } },
    });
    expect(await migrating.getState('old')).toMatchObject({ state: { count: 3 }, stateVersion: 2 });
    await expect(migrating.getState('new')).rejects.toThrow(NewerFormatError);
  });

  test('many keys at once, each once and in their order', async () => {
    const { client, compute } = await createStage();
    const keys = Array.from({ length: 120 }, (_, n) => `k-${n}`);
    for (const key of keys) await compute({ key, readings: ['x'] });
    const states = await client.getStates([...keys, 'none', ...keys]);
    expect([...states.keys()]).toEqual(keys);
    expect(states.get('k-7')?.state).toEqual({ count: 1 });
  });

  test('no item of a newer build, and fails with that reason', async () => {
    const { client, dynamo } = await createStage();
    const Item = { ...encodeItem(buildItem({ key: 'new' })), format: { N: String(ITEM_FORMAT + 1) } };
    await dynamo.send(new PutItemCommand({ TableName: TABLE, Item }));
    await expect(client.getState('new')).rejects.toThrow(NewerFormatError);
    await expect(client.getStates(['new'])).rejects.toThrow(
      `item format ${ITEM_FORMAT + 1} of key "new", this build knows ${ITEM_FORMAT}`,
    );
    await expect(client.waitFor('r', { keys: ['new'], timeoutMs: 0 })).rejects.toThrow(NewerFormatError);
  });

  test('strongly consistent: a commit made before the call is in the answer', async () => {
    const dynamo = mockClient(DynamoDBClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(GetItemCommand).resolves({});
    const client = createClient<typeof pipeline>({ ...WHERE, dynamo: new DynamoDBClient({}) });
    await client.getStates(['a', 'b']);
    const consistent = dynamo
      .commandCalls(GetItemCommand)
      .map(({ args: [{ input }] }) => input.ConsistentRead);
    expect(consistent).toEqual([true, true]);
  });

  test.each([
    ['', 'the key is empty'],
    ['x'.repeat(1025), 'the key has 1025 bytes; at most 1024 are allowed'],
  ])('no key that is invalid (%#)', async (key, why) => {
    const { client } = await createStage();
    await expect(client.getState(key)).rejects.toThrow(why);
    await expect(client.getStates(['a', key])).rejects.toThrow(why);
  });
});

test('a client without an address says which one is missing', () => {
  expect(() => createClient({ ...WHERE, tableName: '' })).toThrow('createClient: tableName is empty');
  expect(() => createClient({ ...WHERE, requestsQueueUrl: '' })).toThrow('requestsQueueUrl is empty');
});
