import { describe, expect, test } from 'vitest';
import { accessKeyOf, OPERATOR } from '../../../local/gateway/call.ts';
import type { LocalStack } from '../../../local/local-stack.ts';
import { allow, arnOf, readStream, run, streamMapping, table, tinyTemplate } from '../tiny-stack.ts';

/** Prints the items of each batch; an item named `bad` fails, `throw` throws. */
const CODE = `
export async function handler({ Records }) {
  const names = Records.map(({ dynamodb }) => dynamodb.Keys.pk.S + (dynamodb.NewImage?.n?.N ?? ''));
  console.log(JSON.stringify(names));
  if (names.some((name) => name.startsWith('throw'))) throw new Error('asked to');
  const failed = Records.filter(({ dynamodb }) => dynamodb.Keys.pk.S.startsWith('bad'));
  return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
}`;

function template(mapping: object = {}, code = CODE, viewType = 'NEW_IMAGE') {
  const statements = [
    ...readStream('Table'),
    allow('s3:PutObject', { 'Fn::Join': ['', [arnOf('Kept'), '/*']] }),
    allow('s3:ListBucket', arnOf('Kept')),
  ];
  return tinyTemplate(
    { Worker: { code, statements } },
    {
      Kept: { Type: 'AWS::S3::Bucket' },
      Table: table(viewType),
      Mapping: streamMapping('Table', 'Worker', {
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: arnOf('Kept') } },
        ...mapping,
      }),
    },
  );
}

/** Each name is one write of an item: `a1` is item a with n = 1. */
async function write(stack: LocalStack, ...names: string[]): Promise<void> {
  for (const name of names) {
    const [, pk = '', n = ''] = /^(\D+)(\d*)$/.exec(name) ?? [];
    await putItem(stack, { pk: { S: pk }, ...(n === '' ? {} : { n: { N: n } }) });
  }
}

async function putItem(stack: LocalStack, Item: object): Promise<void> {
  const response = await fetch(stack.gatewayUrl, {
    method: 'POST',
    headers: {
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyOf(OPERATOR)}/x`,
    },
    body: JSON.stringify({ TableName: 'Table', Item }),
  });
  expect(response.status).toBe(200);
}

const sequenceNumberOf = (record: unknown) => Object(record).dynamodb.SequenceNumber;
const pksOf = (records: readonly unknown[]) => records.map((record) => Object(record).dynamodb.Keys.pk.S);

test('every change is delivered once and in order, and the stack is at rest only then', async () => {
  const { stack, printed } = await run(template({ BatchSize: 3 }));
  const names = Array.from({ length: 40 }, (_, index) => `${'ab'.charAt(index % 2)}${index + 1}`);
  await write(stack, ...names);
  await stack.atRest();
  expect(printed().flat()).toEqual(names);
  for (const batch of printed()) expect(Object(batch).length).toBeLessThanOrEqual(3);
});

test('records of one key keep their order in every lane', async () => {
  const code = CODE.replace(
    'console.log',
    'await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));\n  console.log',
  );
  const { stack, printed } = await run(template({ ParallelizationFactor: 10, BatchSize: 1 }, code));
  const names = Array.from({ length: 50 }, (_, index) => `${'abcde'.charAt(index % 5)}${index}`);
  await write(stack, ...names);
  await stack.atRest();
  for (const key of 'abcde') {
    const ofKey = (name: unknown) => String(name).startsWith(key);
    expect(printed().flat().filter(ofKey)).toEqual(names.filter(ofKey));
  }
});

test('a write that changes nothing is not delivered', async () => {
  const { stack, printed } = await run(template());
  await write(stack, 'a1', 'a1', 'a2');
  await stack.atRest();
  expect(printed().flat()).toEqual(['a1', 'a2']);
});

test('records that match no filter are not delivered, and delay nothing', async () => {
  const Pattern = JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ prefix: 'w' }] } } } });
  const { stack, printed } = await run(template({ FilterCriteria: { Filters: [{ Pattern }] } }));
  await write(stack, 'a', 'wanted', 'b');
  await stack.atRest();
  expect(printed().flat()).toEqual(['wanted']);
});

test.each([
  ['NEW_IMAGE', ['NewImage']],
  ['NEW_AND_OLD_IMAGES', ['NewImage', 'OldImage']],
  ['OLD_IMAGE', ['OldImage']],
  ['KEYS_ONLY', []],
])('a stream of %s carries %o', async (viewType, images) => {
  const code = `export async function handler({ Records }) {
    for (const { eventName, dynamodb } of Records) if (eventName === 'MODIFY') console.log(JSON.stringify(dynamodb));
  }`;
  const { stack, printed } = await run(template({}, code, viewType));
  await write(stack, 'a1', 'a2');
  await stack.atRest();
  const [change] = printed().map((each) => Object(each));
  expect(Object.keys(change).filter((name) => name.endsWith('Image'))).toEqual(images);
  expect(change.StreamViewType).toBe(viewType);
});

describe('a record that keeps failing', () => {
  test('is tried again with all later ones, then set aside with its data, and the rest continues', async () => {
    const { stack, printed } = await run(template({ BisectBatchOnFunctionError: true }));
    await write(stack, 'a', 'bad', 'c', 'd');
    await stack.atRest();
    const [failed, ...others] = stack.failedOutputs();
    expect(others).toEqual([]);
    expect(failed).toMatchObject({
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Worker',
      reason: 'RetryAttemptsExhausted',
      records: [
        { eventName: 'INSERT', dynamodb: { Keys: { pk: { S: 'bad' } }, NewImage: { pk: { S: 'bad' } } } },
      ],
    });
    const last = printed().flat();
    expect(last.filter((name) => name === 'a')).toHaveLength(1);
    // Alone: once and two retries.
    expect(printed().filter((batch) => Object(batch).join() === 'bad')).toHaveLength(3);
    expect(last.lastIndexOf('d')).toBeGreaterThan(last.lastIndexOf('c'));
    expect(last.lastIndexOf('c')).toBeGreaterThan(last.lastIndexOf('bad'));
  });

  test('by an error is found by bisecting', async () => {
    const { stack } = await run(template({ BisectBatchOnFunctionError: true }));
    await write(stack, 'a', 'b', 'throw', 'd', 'e');
    await stack.atRest();
    expect(stack.failedOutputs().map(({ records }) => pksOf(records))).toEqual([['throw']]);
  });

  test('without bisecting is set aside with its whole batch', async () => {
    const { stack } = await run(template({ BatchSize: 10 }));
    await write(stack, 'throw');
    await stack.atRest();
    expect(stack.failedOutputs().flatMap(({ records }) => pksOf(records))).toEqual(['throw']);
  });

  test('is given up when it is too old, however many retries are left', async () => {
    const mapping = {
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 1,
      BisectBatchOnFunctionError: true,
    };
    const { stack } = await run(template(mapping));
    await write(stack, 'bad');
    await stack.atRest();
    expect(stack.failedOutputs()).toMatchObject([{ reason: 'RecordAgeExceeded' }]);
  });

  test('is found by its number, not by its text: 9 comes before 10', async () => {
    // The first record holds the others back, so that they come in one batch.
    const code = CODE.replace(
      '{ Records }) {',
      `{ Records }) {
      if (Records[0].dynamodb.Keys.pk.S === 'first') await new Promise((resolve) => setTimeout(resolve, 300));`,
    );
    const { stack } = await run(template({ BisectBatchOnFunctionError: true }, code));
    await write(stack, 'first', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'bad9', 'bad10', 'k');
    await stack.atRest();
    const numbers = stack.failedOutputs().flatMap(({ records }) => records.map(sequenceNumberOf));
    expect(numbers.toSorted()).toEqual(['10', '9']);
  });

  test('does not use up the tries of those after it', async () => {
    // Every record fails twice and then succeeds, which is what two retries are for.
    const code = `
      const tries = new Map();
      export async function handler({ Records }) {
        for (const { dynamodb } of Records) {
          const number = dynamodb.SequenceNumber;
          tries.set(number, (tries.get(number) ?? 0) + 1);
          if (tries.get(number) <= 2) return { batchItemFailures: [{ itemIdentifier: number }] };
        }
      }`;
    const { stack } = await run(template({}, code));
    await write(stack, 'a', 'b', 'c', 'd');
    await stack.atRest();
    expect(stack.failedOutputs()).toEqual([]);
  });

  test('delays only its own lane', async () => {
    const { stack, printed } = await run(
      template({ ParallelizationFactor: 10, MaximumRetryAttempts: 2, BatchSize: 1 }),
    );
    const others = Array.from(
      { length: 30 },
      (_, index) => `${String.fromCharCode(97 + (index % 26))}x${index}`,
    );
    await write(stack, 'bad1', ...others, 'bad2');
    await stack.atRest();
    expect(stack.failedOutputs().flatMap(({ records }) => pksOf(records))).toEqual(['bad', 'bad']);
    const delivered = printed().flat();
    for (const name of others) expect(delivered.filter((each) => each === name)).toHaveLength(1);
    expect(delivered.lastIndexOf('bad1')).toBeLessThan(delivered.indexOf('bad2'));
  });
});

test('a function without permission to put into the bucket is reported at the start', async () => {
  const source = tinyTemplate(
    { Worker: { code: CODE, statements: readStream('Table') } },
    {
      Kept: { Type: 'AWS::S3::Bucket' },
      Table: table('NEW_IMAGE'),
      Mapping: streamMapping('Table', 'Worker', {
        DestinationConfig: { OnFailure: { Destination: arnOf('Kept') } },
      }),
    },
  );
  await expect(run(source)).rejects.toThrow(
    'not authorized to perform: s3:PutObject on resource: arn:aws:s3:::kept',
  );
});
