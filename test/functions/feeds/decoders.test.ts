import { describe, expect, test } from 'vitest';
import { decoderOf } from '../../../functions/feeds/decoder.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const message = (body: string, system: object = {}) => ({
  messageId: 'm-1',
  body,
  attributes: { SentTimestamp: '1700000000000', ApproximateReceiveCount: '1', ...system },
  eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:orders',
});

describe('a record of a feed becomes a request whose id is its position:', () => {
  test('a message of a queue: queue/messageId, its body as it is, its tenant if it has one', () => {
    const { decode } = decoderOf('queue', undefined);
    expect(decode({ Records: [message('{"a":1.0}'), message('[]', { MessageGroupId: 'shop-7' })] })).toEqual([
      { identifier: 'm-1', position: 'orders/m-1', at: 1_700_000_000_000, body: '{"a":1.0}' },
      { identifier: 'm-1', position: 'orders/m-1', at: 1_700_000_000_000, body: '[]', group: 'shop-7' },
    ]);
  });

  test('a message of a topic: topic and the id that SNS gave it, however often SNS delivers it', () => {
    const envelope = {
      Type: 'Notification',
      MessageId: 'sns-9',
      TopicArn: 'arn:aws:sns:eu-central-1:123456789012:prices',
      Message: '{"article":"A"}',
      Timestamp: '2026-11-28T06:00:00.000Z',
    };
    const { decode } = decoderOf('topic', undefined);
    const [first, second] = ['one', 'two'].map(
      (messageId) => decode({ Records: [{ ...message(JSON.stringify(envelope)), messageId }] })[0],
    );
    const at = Date.parse(envelope.Timestamp);
    expect(first).toEqual({ identifier: 'one', position: 'prices/sns-9', at, body: '{"article":"A"}' });
    expect(second?.position).toBe(first?.position);
    expect(decode({ Records: [message('not from SNS')] })[0]?.body).toEqual({
      problem: 'it is no message of a topic',
      text: 'not from SNS',
    });
  });

  test('a record of a Kinesis stream: stream/shard/sequence number', () => {
    const record = {
      eventID: 'shardId-000000000006:495900',
      eventSourceARN: 'arn:aws:kinesis:eu-central-1:123456789012:stream/meters',
      kinesis: {
        sequenceNumber: '495900',
        partitionKey: 'p',
        data: base64('{"meter":"ä"}'),
        approximateArrivalTimestamp: 1_700_000_000.5,
      },
    };
    expect(decoderOf('kinesis', undefined).decode({ Records: [record] })).toEqual([
      {
        identifier: '495900',
        position: 'meters/shardId-000000000006/495900',
        at: 1_700_000_000_500,
        body: '{"meter":"ä"}',
      },
    ]);
  });

  test('a record of a Kafka topic: topic/partition/offset, or the name that was given for the topic', () => {
    const records = {
      'orders-0': [
        { topic: 'orders', partition: 0, offset: 15, value: base64('{"n":1}'), timestamp: 9 },
        { topic: 'orders', partition: 0, offset: 16, key: base64('k') },
      ],
      'orders-3': [{ topic: 'orders', partition: 3, offset: 2, value: Buffer.of(0xff).toString('base64') }],
    };
    expect(decoderOf('kafka', undefined).decode({ eventSource: 'aws:kafka', records })).toEqual([
      { identifier: '0/15', position: 'orders/0/15', at: undefined, body: '{"n":1}' },
      { identifier: '0/16', position: 'orders/0/16', at: undefined, body: 'null' },
      {
        identifier: '3/2',
        position: 'orders/3/2',
        at: undefined,
        body: { problem: 'it is no text in UTF-8', base64: '/w==' },
      },
    ]);
    const [renamed] = decoderOf('kafka', 'orders-2').decode({ records });
    expect(renamed?.position).toBe('orders-2/0/15');
  });

  test('a change of a table: table and the id of the change, with both items as JSON, numbers digit by digit', () => {
    const item = {
      id: { S: 'a"\uFFFF' },
      n: { N: '12345678901234567890.5' },
      all: {
        M: {
          list: { L: [{ BOOL: true }, { NULL: true }, { S: 'x' }] },
          names: { SS: ['a', 'b'] },
          numbers: { NS: ['1', '2.50'] },
          bytes: { B: 'AQI=' },
        },
      },
    };
    const record = {
      eventID: 'c81e728d',
      eventName: 'MODIFY',
      eventSourceARN:
        'arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000',
      dynamodb: {
        SequenceNumber: '111',
        ApproximateCreationDateTime: 1_700_000_000,
        Keys: { id: { S: 'a' } },
        NewImage: item,
        OldImage: { id: { S: 'a' } },
      },
    };
    expect(decoderOf('dynamoStream', undefined).decode({ Records: [record] })).toEqual([
      {
        identifier: '111',
        position: 'orders/c81e728d',
        at: 1_700_000_000_000,
        body:
          '{"event":"MODIFY","keys":{"id":"a"},"new":{"id":"a\\"\\uffff","n":12345678901234567890.5,' +
          '"all":{"list":[true,null,"x"],"names":["a","b"],"numbers":[1,2.50],"bytes":"AQI="}},"old":{"id":"a"}}',
      },
    ]);
  });
});

test.each(['queue', 'topic', 'kinesis', 'dynamoStream'])(
  'an event of another kind passes nothing on for a feed of %s',
  (kind) => {
    expect(() => decoderOf(kind, undefined).decode({ not: 'an event' })).toThrow(/the event has no Records/);
  },
);

test('a feed of an unknown kind does not start', () => {
  expect(() => decoderOf('pigeon', undefined)).toThrow('there is no feed of "pigeon"');
});
