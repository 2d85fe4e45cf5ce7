import { describe, expect, test } from 'vitest';
import { encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { encodePage } from '../../../functions/aws/receipt-pages.ts';
import { encodeDead } from '../../../functions/aws/set-aside-items.ts';
import { parseSqsEvent } from '../../../functions/aws/sqs-records.ts';
import { parseStreamEvent } from '../../../functions/aws/stream-records.ts';
import { NewerFormatError } from '../../../functions/errors.ts';
import { ITEM_FORMAT } from '../../../functions/state.ts';
import { buildItem, toStreamImage } from '../../item-builder.ts';

describe('an SQS event', () => {
  const record = {
    messageId: 'm',
    receiptHandle: 'h',
    body: 'b',
    attributes: {
      ApproximateReceiveCount: '3',
      SentTimestamp: '1700000000123',
      MessageGroupId: 'g',
      SequenceNumber: '18849496460467696128',
    },
    messageAttributes: {
      id: { stringValue: 'r-1', dataType: 'String' },
      blob: { binaryValue: 'AA==', dataType: 'Binary' },
      ['__proto__']: { stringValue: 'x', dataType: 'String' },
    },
    eventSource: 'aws:sqs',
  };

  test('becomes messages, the sequence number as the text it is', () => {
    const [message] = parseSqsEvent({ Records: [record] });
    expect(Object.getPrototypeOf(message?.attributes)).toBe(Object.prototype);
    expect([message]).toEqual([
      {
        messageId: 'm',
        receiptHandle: 'h',
        body: 'b',
        receiveCount: 3,
        sentAt: 1_700_000_000_123,
        group: 'g',
        sequenceNumber: '18849496460467696128',
        attributes: Object.fromEntries([
          ['id', 'r-1'],
          ['__proto__', 'x'],
        ]),
      },
    ]);
  });

  test('of a standard queue has neither group nor sequence number', () => {
    const { MessageGroupId: _group, SequenceNumber: _number, ...attributes } = record.attributes;
    const [message] = parseSqsEvent({ Records: [{ ...record, attributes, messageAttributes: undefined }] });
    expect(message).toMatchObject({ group: '', sequenceNumber: '', attributes: {} });
  });

  test.each([
    [undefined],
    [null],
    [{}],
    [{ Records: {} }],
    [{ Records: [null] }],
    [{ Records: [{ body: 'b' }] }],
  ])('that is %j fails the whole batch: nothing is acknowledged', (event) => {
    expect(() => parseSqsEvent(event)).toThrow();
  });
});

describe('a stream event', () => {
  const inStream = (sequenceNumber: string, image?: Record<string, unknown>) => ({
    eventName: image === undefined ? 'REMOVE' : 'MODIFY',
    dynamodb: { SequenceNumber: sequenceNumber, ...(image === undefined ? {} : { NewImage: image }) },
  });
  const item = buildItem({ outputs: ['{"a":-0}'], receipts: ['AAAAAAAAAAAAAAAA'] });

  test('becomes commits and dead letters; records that do not concern the writer count as done', () => {
    const dead = {
      key: 'k',
      id: 'x/y',
      body: 'b',
      group: 'g',
      reason: 'r',
      stage: 'decode' as const,
      attempts: 1,
      sentAt: 1_000,
    };
    const page = { key: 'k', lineage: 'l', page: 1, sentAt: 1, before: 0, receipts: [] };
    const event = {
      Records: [
        inStream('1', toStreamImage(encodeItem(item))),
        inStream('2', toStreamImage(encodePage(page))),
        inStream('3', toStreamImage(encodeDead(dead))),
        inStream('4'),
      ],
    };
    expect(parseStreamEvent(event)).toEqual([
      { sequenceNumber: '1', key: 'k', kind: 'committed', item },
      { sequenceNumber: '3', key: 'k', kind: 'dead', dead },
    ]);
  });

  test('with an item of a newer build is returned for that build', () => {
    const newer = { ...toStreamImage(encodeItem(item)), format: { N: String(ITEM_FORMAT + 1) } };
    expect(parseStreamEvent({ Records: [inStream('1', newer)] })).toEqual([
      { sequenceNumber: '1', key: 'k', kind: 'unreadable', problem: expect.any(NewerFormatError) },
    ]);
  });

  test.each([[undefined], [{}], [{ Records: [{}] }], [{ Records: [{ dynamodb: {} }] }]])(
    'that is %j fails the whole batch',
    (event) => {
      expect(() => parseStreamEvent(event)).toThrow();
    },
  );
});
