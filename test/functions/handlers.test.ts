/** The three functions as Lambda calls them: an event in, the exact JSON of the answer out. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeItem } from '../../functions/aws/dynamo-items.ts';
import { createHandler as createCompute } from '../../functions/compute/handler.ts';
import { ENV } from '../../functions/env.ts';
import type { IncomingMessage } from '../../functions/incoming-message.ts';
import { PermanentError, type Pipeline } from '../../functions/pipeline.ts';
import { createHandler as createReader } from '../../functions/reader/handler.ts';
import { createHandler as createWriter } from '../../functions/writer/handler.ts';
import { buildMessage, buildPipeline } from '../builders.ts';
import { buildItem, toStreamImage } from '../item-builder.ts';

const sqs = mockClient(SQSClient);
const dynamo = mockClient(DynamoDBClient);
const context = { getRemainingTimeInMillis: () => 30_000 };
const logged = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
const counted = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);

beforeEach(() => {
  sqs.reset();
  dynamo.reset();
  logged.mockClear();
  counted.mockClear();
  for (const name of Object.values(ENV)) vi.stubEnv(name, `https://${name}`);
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries }: { Entries: { Id: string }[] }) => ({
    Successful: Entries.map(({ Id }) => ({ Id })),
  }));
  dynamo.on(GetItemCommand).resolves({});
  dynamo.on(PutItemCommand).resolves({});
});

const toRecord = (message: IncomingMessage) => ({
  messageId: message.messageId,
  receiptHandle: message.receiptHandle,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    MessageGroupId: message.group,
    SequenceNumber: message.sequenceNumber,
  },
});
const event = (...messages: IncomingMessage[]) => ({ Records: messages.map(toRecord) });

const ALL_DONE = '{"batchItemFailures":[]}';
const failures = (...ids: string[]) =>
  `{"batchItemFailures":[${ids.map((id) => `{"itemIdentifier":"${id}"}`).join(',')}]}`;

describe('the exact answer of each function:', () => {
  test('compute: all done, and the failed message with all later ones of its group', async () => {
    const handler = createCompute(buildPipeline());
    expect(JSON.stringify(await handler(event(buildMessage()), context))).toBe(ALL_DONE);
    const newer = { ...buildMessage({ sequence: 3 }), body: '{"v":9}' };
    const batch = event(
      buildMessage({ sequence: 2, request: 's' }),
      newer,
      buildMessage({ key: 'other' }),
      buildMessage({ sequence: 4, request: 't' }),
    );
    expect(JSON.stringify(await handler(batch, context))).toBe(failures('k-3', 'k-4'));
  });

  test('reader: all done, and the requests that must come back', async () => {
    const read = async (request: unknown) => {
      if (request === 'fails') throw new Error('503');
      return [request];
    };
    const handler = createReader(buildPipeline({ read }));
    sqs.resetHistory(); // Without the rehearsal of the start.
    const request = (id: string) => ({ ...buildMessage(), messageId: id, body: JSON.stringify(id) });
    expect(JSON.stringify(await handler(event(request('a')), context))).toBe(ALL_DONE);
    const answer = await handler(event(request('fails'), request('b')), context);
    expect(JSON.stringify(answer)).toBe(failures('fails'));
    expect(sqs).toHaveReceivedCommandTimes(SendMessageBatchCommand, 2);
    expect(sqs).toHaveReceivedCommandWith(SendMessageBatchCommand, {
      QueueUrl: `https://${ENV.readingsQueueUrl}`,
    });
    expect(sqs).toHaveReceivedCommandWith(ChangeMessageVisibilityCommand, {
      QueueUrl: `https://${ENV.requestsQueueUrl}`,
    });
  });

  test('reader: a request of the backfill returns to the queue of its lane', async () => {
    const read: Pipeline['read'] = async (request, { submit }) => {
      if (request === 'fails') throw new Error('503');
      if (request === 'refused') throw new PermanentError('gone');
      submit('next', { id: 'next' });
      return [request];
    };
    const source = { of: () => 's' };
    const pipeline = buildPipeline({ read, source, backfill: { readersMax: 2, share: 0.2 } });
    const handler = createReader(pipeline);
    const request = (id: string) => ({ ...buildMessage(), messageId: id, body: JSON.stringify(id) });
    const inLane = (name: string, ...ids: string[]) => ({
      Records: event(...ids.map(request)).Records.map((record) => ({
        ...record,
        eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:${name}`,
      })),
    });
    const answer = await handler(inLane(ENV.backfillQueueUrl, 'fails', 'refused', 'b'), context);
    expect(JSON.stringify(answer)).toBe(failures('fails'));
    await handler(inLane(ENV.requestsQueueUrl, 'c'), context);
    const callsOf = (url: string) =>
      sqs.calls().flatMap(({ args: [command] }) => {
        const { QueueUrl, Entries = [] } = command.input as { QueueUrl: string; Entries?: object[] };
        return QueueUrl === `https://${url}` ? [[command.constructor.name, ...Entries]] : [];
      });
    expect(callsOf(ENV.backfillQueueUrl).sort()).toEqual([
      ['ChangeMessageVisibilityCommand'],
      ['SendMessageBatchCommand', expect.objectContaining({ MessageBody: '"next"' })],
    ]);
    expect(callsOf(ENV.requestsDeadLetterQueueUrl)).toMatchObject([
      [
        'SendMessageBatchCommand',
        { MessageAttributes: { lane: { DataType: 'String', StringValue: 'backfill' } } },
      ],
    ]);
    expect(callsOf(ENV.requestsQueueUrl)).toEqual([
      ['SendMessageBatchCommand', expect.objectContaining({ MessageBody: '"next"' })],
    ]);
  });

  test('writer: all done, and the sequence numbers of the records that failed', async () => {
    const write = async () => Promise.reject(new Error('sink is down'));
    const records = ['1', '2'].map((sequenceNumber, n) => ({
      dynamodb: {
        SequenceNumber: sequenceNumber,
        NewImage: toStreamImage(encodeItem(buildItem({ key: `k${n}`, outputs: n === 0 ? [] : ['1'] }))),
      },
    }));
    const handler = createWriter(buildPipeline({ write }));
    expect(JSON.stringify(await handler({ Records: records }, context))).toBe(failures('2'));
    expect(JSON.stringify(await handler({ Records: records.slice(0, 1) }, context))).toBe(ALL_DONE);
  });
});

describe('a handler', () => {
  test('throws on an event it cannot read, so that nothing is acknowledged', async () => {
    const pipeline = buildPipeline();
    for (const handler of [createReader(pipeline), createCompute(pipeline), createWriter(pipeline)]) {
      await expect(handler({ wrong: true }, context)).rejects.toThrow('the event has no Records');
    }
  });

  test('is not made without its environment', () => {
    for (const name of Object.values(ENV)) vi.stubEnv(name, '');
    const pipeline = buildPipeline();
    for (const create of [createReader, createCompute, createWriter]) {
      expect(() => create(pipeline)).toThrow(/environment variable WEIR_\w+ is not set/);
    }
  });

  test('that returns messages logs why in one line, without their contents', async () => {
    const handler = createCompute(buildPipeline());
    dynamo.on(GetItemCommand).rejects(new Error('no\nanswer'));
    const message = buildMessage({ readings: ['secret canary'] });
    const short = { getRemainingTimeInMillis: () => 5_100 };
    expect(await handler(event(message), short)).toMatchObject({ batchItemFailures: [{}] });
    const linesOf = (stream: typeof logged) => stream.mock.calls.map(([line]) => String(line));
    const lines = linesOf(logged);
    expect([lines.length, linesOf(counted).length]).toEqual([1, 1]);
    expect(JSON.parse(linesOf(counted)[0] ?? '')).toMatchObject({ Function: 'compute', GivenBack: 1 });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      stage: 'compute',
      reason: 'no answer',
    });
    expect([...lines, ...linesOf(counted)].join()).not.toContain('canary');
  });
});
