import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWakeScheduler } from '../../../functions/aws/wake-scheduler.ts';

/** EventBridge Scheduler, as far as it is asked. */
let asked: { call: string; body: unknown; signed: string }[] = [];
let status = 200;
const server = createServer(async (request, response) => {
  const body = await text(request);
  asked.push({
    call: `${request.method} ${request.url}`,
    body: body === '' ? undefined : JSON.parse(body),
    signed: String(request.headers.authorization),
  });
  response.statusCode = status;
  response.setHeader('x-amzn-errortype', 'SomeException');
  response.end('{"Message":"quoting the key k"}');
});
let env: Record<string, string> = {};
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  env = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SCHEDULER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    WEIR_WAKE_GROUP: 'group',
    WEIR_WAKE_ROLE_ARN: 'arn:aws:iam::123456789012:role/wakes',
    WEIR_READINGS_QUEUE_URL: 'https://sqs/readings.fifo',
  };
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  status = 200;
});

const NOW = Date.UTC(2026, 10, 28, 12);
const build = () => createWakeScheduler(env, { now: () => NOW });
const message = (at: number) => ({
  id: 'wake-1',
  at,
  body: '{"v":3}',
  group: 'k',
  deduplicationId: 'wake-1',
});

describe('a wake on EventBridge Scheduler', () => {
  test('is a schedule that runs once, sends the message with its group and id, and is deleted', async () => {
    await build().set(message(NOW + 3_600_001));
    expect(asked).toEqual([
      {
        call: 'POST /schedules/wake-1',
        signed: expect.stringContaining('/eu-west-1/scheduler/aws4_request'),
        body: {
          GroupName: 'group',
          ScheduleExpression: 'at(2026-11-28T13:00:01)',
          ScheduleExpressionTimezone: 'UTC',
          FlexibleTimeWindow: { Mode: 'OFF' },
          ActionAfterCompletion: 'DELETE',
          Target: {
            Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
            RoleArn: 'arn:aws:iam::123456789012:role/wakes',
            Input: JSON.stringify({
              QueueUrl: 'https://sqs/readings.fifo',
              MessageBody: '{"v":3}',
              MessageGroupId: 'k',
              MessageDeduplicationId: 'wake-1',
            }),
          },
        },
      },
    ]);
  });

  test('whose time has passed comes within seconds: a schedule in the past would be refused', async () => {
    await build().set(message(0));
    expect(asked[0]?.body).toMatchObject({ ScheduleExpression: 'at(2026-11-28T12:00:05)' });
  });

  test('that exists already, or is already removed, is no error', async () => {
    status = 409;
    await build().set(message(NOW));
    status = 404;
    await build().cancel('wake-1');
    expect(asked.at(-1)).toMatchObject({ call: 'DELETE /schedules/wake-1?groupName=group' });
  });

  test('that is refused fails with the type of the error, and quotes nothing of the message', async () => {
    status = 400;
    await expect(build().set(message(NOW))).rejects.toThrow(
      /^EventBridge Scheduler answered 400 \(SomeException\) to POST of a wake$/,
    );
    await expect(build().cancel('wake-1')).rejects.toThrow(/answered 400/);
  });
});
