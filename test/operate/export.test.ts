import { DescribeTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeItem } from '../../functions/aws/dynamo-items.ts';
import { NewerFormatError } from '../../functions/errors.ts';
import type { KeyItem } from '../../functions/state.ts';
import { ITEM_FORMAT } from '../../functions/state.ts';
import { countItems, type ExportOptions, type ExportPage, exportStates } from '../../operate/export.ts';
import { parseWhere } from '../../operate/where.ts';
import { createStage, TABLE } from '../client/table.ts';
import { buildItem } from '../item-builder.ts';

async function tableOf(...items: Partial<KeyItem>[]) {
  const { dynamo, compute } = await createStage();
  for (const item of items) {
    await dynamo.send(new PutItemCommand({ TableName: TABLE, Item: encodeItem(buildItem(item)) }));
  }
  return { dynamo, compute, table: TABLE };
}

async function pagesOf(table: Parameters<typeof exportStates>[0], options?: ExportOptions) {
  const pages: ExportPage[] = [];
  for await (const page of exportStates(table, options)) pages.push(page);
  return pages;
}

async function collect(table: Awaited<ReturnType<typeof tableOf>>, options?: ExportOptions) {
  const pages = await pagesOf(table, options);
  return {
    lines: pages.flatMap(({ lines }) => lines),
    unbegun: pages.reduce((sum, { unbegun }) => sum + unbegun, 0),
    scanned: pages.reduce((sum, { scanned }) => sum + scanned, 0),
  };
}

describe('an export of all states', () => {
  test('is one line of JSON for each, with the text of the state as it is, -0 and all digits too', async () => {
    const table = await tableOf(
      { key: 'zero', version: 3, state: '{"n":-0,"big":1e400,"long":0.10000000000000000001}' },
      { key: 'new\nline', state: '[1]' },
    );
    const { lines } = await collect(table);
    expect(lines.toSorted()).toEqual([
      '{"key":"new\\nline","version":1,"state":[1]}\n',
      '{"key":"zero","version":3,"state":{"n":-0,"big":1e400,"long":0.10000000000000000001}}\n',
    ]);
  });

  test('holds states alone: no receipts, no dead letters, no key without a state; those are counted', async () => {
    const table = await tableOf({ key: 'unbegun', state: undefined });
    for (let n = 0; n < 60; n += 1)
      await table.compute({ request: `r-${n}`, readings: [n < 55 ? 'x' : 'bad'] });
    const { lines, unbegun, scanned } = await collect(table);
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ key: 'k', version: 60, state: { count: 55 } }]);
    expect(unbegun).toBe(1);
    expect(scanned).toBeGreaterThan(7);
    expect(await countItems(table)).toBe(scanned);
  });

  test('goes through all pages of the table, each state once', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `key-${n}`);
    const table = await tableOf(...keys.map((key) => ({ key, state: JSON.stringify('x'.repeat(100_000)) })));
    const pages = await pagesOf(table);
    expect(pages.length).toBeGreaterThan(1);
    const exported = pages.flatMap(({ lines }) => lines).map((line) => String(JSON.parse(line).key));
    expect(exported.toSorted()).toEqual(keys.toSorted());
  });

  test('may be of some keys: by the beginning, and by a condition on the state', async () => {
    const table = await tableOf(
      { key: 'a-1', state: '{"count":1}' },
      { key: 'a-2', state: '{"count":2}' },
      { key: 'b-2', state: '{"count":2}' },
    );
    const { lines } = await collect(table, { prefix: 'a-', where: parseWhere('count > 1') });
    expect(lines).toEqual(['{"key":"a-2","version":1,"state":{"count":2}}\n']);
  });

  test('ends at an item of a newer build, and at a damaged one', async () => {
    const table = await tableOf();
    const { state: _, ...damaged } = encodeItem(buildItem({ key: 'damaged' }));
    await table.dynamo.send(new PutItemCommand({ TableName: TABLE, Item: damaged }));
    await expect(collect(table)).rejects.toThrow('the item of key "damaged" is damaged: it has no state');
    const newer = { ...encodeItem(buildItem({ key: 'damaged' })), format: { N: String(ITEM_FORMAT + 1) } };
    await table.dynamo.send(new PutItemCommand({ TableName: TABLE, Item: newer }));
    await expect(collect(table)).rejects.toThrow(NewerFormatError);
  });

  test('is strongly consistent, and needs no right to count', async () => {
    const dynamo = mockClient(DynamoDBClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(ScanCommand).resolves({});
    dynamo.on(DescribeTableCommand).rejects(new Error('not authorized'));
    const table = { dynamo: new DynamoDBClient({}), table: TABLE };
    await pagesOf(table);
    expect(dynamo.commandCalls(ScanCommand)[0]?.args[0].input).toMatchObject({ ConsistentRead: true });
    expect(await countItems(table)).toBeUndefined();
  });
});
