import { describe, expect, test } from 'vitest';
import type { Call, Interception } from '../../../local/gateway/call.ts';
import {
  allow,
  arnOf,
  DYNAMODB_PACKAGE,
  queue,
  queueMapping,
  receiveFrom,
  run,
  SQS_PACKAGE,
  table,
  tinyTemplate,
} from '../tiny-stack.ts';

/** Puts each body as a new item, and prints what came of it. */
const PUT = `
import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from ${DYNAMODB_PACKAGE};
const client = new DynamoDBClient({ maxAttempts: 3 });
const put = (pk) => ({
  TableName: process.env.TABLE,
  Item: { pk: { S: pk } },
  ConditionExpression: 'attribute_not_exists(pk)',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});
export async function handler({ Records }) {
  for (const { body } of Records) {
    const command = body.startsWith('both')
      ? new TransactWriteItemsCommand({ TransactItems: [{ Put: put(body + '1') }, { Put: put(body + '2') }] })
      : new PutItemCommand(put(body));
    try {
      await client.send(command);
      console.log(JSON.stringify([body, 'written']));
    } catch (error) {
      console.log(JSON.stringify([body, error.name, error.message, error.Item?.pk.S]));
    }
  }
}`;

const FORWARD = `
import { SendMessageBatchCommand, SQSClient } from ${SQS_PACKAGE};
const client = new SQSClient();
export async function handler({ Records }) {
  const Entries = Records.map(({ body }, index) => ({ Id: String(index), MessageBody: body }));
  await client.send(new SendMessageBatchCommand({ QueueUrl: process.env.OUTBOX, Entries }));
}`;

function putting(action: string) {
  const statements = [receiveFrom('Inbox'), allow(action, arnOf('Table'))];
  return tinyTemplate(
    { Worker: { code: PUT, env: { TABLE: { Ref: 'Table' } }, statements } },
    { Inbox: queue(), Table: table(), Mapping: queueMapping('Inbox', 'Worker') },
  );
}

function forwarding(...statements: object[]) {
  return tinyTemplate(
    {
      Worker: {
        code: FORWARD,
        env: { OUTBOX: { Ref: 'Outbox' } },
        statements: [receiveFrom('Inbox'), ...statements],
      },
    },
    {
      Dead: queue(),
      Inbox: queue({
        VisibilityTimeout: 3,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 1 },
      }),
      Outbox: queue(),
      Mapping: queueMapping('Inbox', 'Worker'),
    },
  );
}

describe('the policy of a function is checked on every call:', () => {
  test('an allowed call passes, also a transaction of puts with PutItem alone', async () => {
    const { stack, printed } = await run(putting('dynamodb:PutItem'));
    await stack.submit('Inbox', [{ body: 'a' }, { body: 'both' }]);
    await stack.atRest();
    expect(printed()).toEqual([
      ['a', 'written'],
      ['both', 'written'],
    ]);
    expect((await stack.items()).map((item) => item['pk']?.S).sort()).toEqual(['a', 'both1', 'both2']);
  });

  test('a missing action fails the call, naming function, action and resource, and writes nothing', async () => {
    const { stack, printed } = await run(putting('dynamodb:GetItem'));
    await stack.submit('Inbox', [{ body: 'a' }, { body: 'both' }]);
    const message =
      'arn:aws:lambda:us-east-1:000000000000:function:Worker is not authorized to perform: dynamodb:PutItem ' +
      'on resource: arn:aws:dynamodb:us-east-1:000000000000:table/Table';
    await expect(stack.atRest()).rejects.toThrow(message);
    await expect.poll(printed).toEqual([
      ['a', 'AccessDeniedException', message, null],
      ['both', 'AccessDeniedException', message, null],
    ]);
    expect(await stack.items()).toEqual([]);
  });

  test('a queue that is not in the policy gets nothing', async () => {
    const { stack, logs } = await run(forwarding(allow('sqs:SendMessage', arnOf('Inbox'))));
    await stack.submit('Inbox', [{ body: 'a' }]);
    await expect(stack.atRest()).rejects.toThrow(
      'function:Worker is not authorized to perform: sqs:SendMessage',
    );
    await expect.poll(() => stack.queue('Dead').counts().visible).toBe(1);
    expect(stack.queue('Outbox').counts().visible).toBe(0);
    // On a slow machine the message goes to the other queue before its function has ended.
    await expect
      .poll(() => logs.map(({ line }) => line).join('\n'))
      .toContain(
        'AccessDeniedException: arn:aws:lambda:us-east-1:000000000000:function:Worker is not authorized to perform: ' +
          'sqs:SendMessage on resource: arn:aws:sqs:us-east-1:000000000000:Outbox',
      );
  });

  test('a mapping whose function may not receive does not start', async () => {
    const source = tinyTemplate(
      { Worker: { code: FORWARD, statements: [allow('sqs:ReceiveMessage', arnOf('Inbox'))] } },
      { Inbox: queue(), Mapping: queueMapping('Inbox', 'Worker') },
    );
    await expect(run(source)).rejects.toThrow(
      'Mapping: arn:aws:lambda:us-east-1:000000000000:function:Worker is not authorized to perform: ' +
        'sqs:DeleteMessage on resource: arn:aws:sqs:us-east-1:000000000000:Inbox',
    );
  });

  test('a caller that is not a function of the stack is refused', async () => {
    const { stack } = await run(putting('dynamodb:PutItem'));
    const response = await fetch(stack.gatewayUrl, {
      method: 'POST',
      headers: {
        'x-amz-target': 'DynamoDB_20120810.Scan',
        authorization: 'AWS4-HMAC-SHA256 Credential=SOMEBODY/x',
      },
      body: '{"TableName":"Table"}',
    });
    expect([response.status, await response.json()]).toEqual([
      403,
      expect.objectContaining({ __type: 'UnrecognizedClientException' }),
    ]);
  });
});

test('calls are counted by operation and by caller, those of the mapping too', async () => {
  const { stack } = await run(forwarding(allow('sqs:SendMessage', arnOf('Outbox'))));
  await stack.submit('Inbox', [{ body: 'a' }, { body: 'b' }]);
  await stack.atRest();
  expect(stack.calls.byCaller()).toEqual({
    operator: { 'SQS.SendMessageBatch': 1 },
    Worker: { 'SQS.SendMessageBatch': 1 },
    Mapping: { 'SQS.ReceiveMessage': 1, 'SQS.DeleteMessageBatch': 1 },
  });
  expect(stack.calls.byOperation()).toEqual({
    'SQS.DeleteMessageBatch': 1,
    'SQS.ReceiveMessage': 1,
    'SQS.SendMessageBatch': 2,
  });
});

describe('a call can be', () => {
  async function putTwice(interception: Interception) {
    const seen: Call[] = [];
    const { stack, printed } = await run(putting('dynamodb:PutItem'), {
      intercept: (call) => {
        if (call.operation !== 'PutItem') return undefined;
        seen.push(call);
        return seen.length === 1 ? interception : undefined;
      },
    });
    await stack.submit('Inbox', [{ body: 'a' }]);
    await stack.atRest();
    expect(seen.every(({ functionName }) => functionName === 'Worker')).toBe(true);
    return { tries: seen.length, printed: printed(), items: await stack.items() };
  }

  test('cut after it was carried out: the retry meets its own write', async () => {
    expect(await putTwice({ cut: 'after' })).toEqual({
      tries: 2,
      printed: [['a', 'ConditionalCheckFailedException', 'The conditional request failed', 'a']],
      items: [{ pk: { S: 'a' } }],
    });
  });

  test('cut before it was carried out: the retry writes', async () => {
    expect(await putTwice({ cut: 'before' })).toEqual({
      tries: 2,
      printed: [['a', 'written']],
      items: [{ pk: { S: 'a' } }],
    });
  });

  test('refused with an error of choice', async () => {
    const fail = { status: 400, code: 'ValidationException', message: 'no' };
    expect(await putTwice({ fail })).toEqual({
      tries: 1,
      printed: [['a', 'ValidationException', 'no', null]],
      items: [],
    });
  });

  test('delayed', async () => {
    expect(await putTwice({ delayMs: 30 })).toMatchObject({ tries: 1, printed: [['a', 'written']] });
  });
});
