/** The events that Lambda would hand to a function: a new one for each batch, so that nothing is a repeat. */
import { createHash } from 'node:crypto';

export const WORKS = ['reader', 'compute, one key', 'compute, ten keys', 'writer'] as const;
export type HandlerWork = (typeof WORKS)[number];

/** The most messages that SQS returns from a FIFO queue; each has one reading. */
export const READINGS_PER_BATCH = 10;

export function batchOf(work: HandlerWork, batch: number): object {
  const numbers = Array.from({ length: READINGS_PER_BATCH }, (_, n) => batch * READINGS_PER_BATCH + n);
  switch (work) {
    case 'reader':
      return {
        Records: numbers.map((n) =>
          record(n, { key: keyOf(n), readMs: 0, busyMs: 0, blockMs: 0, values: [1] }),
        ),
      };
    case 'compute, one key':
      return { Records: numbers.map((n) => readings(n, 'k')) };
    case 'compute, ten keys':
      return { Records: numbers.map((n) => readings(n, keyOf(n))) };
    case 'writer':
      return { Records: numbers.map((n) => change(n, keyOf(n))) };
  }
}

function keyOf(n: number): string {
  return `k${n % READINGS_PER_BATCH}`;
}

function readings(n: number, key: string): object {
  const message = { v: 1, request: `r${n}`, since: Date.now(), key, chunk: 0, of: 1, read: 'a'.repeat(16) };
  const reading = { key, value: 1, busyMs: 0, blockMs: 0 };
  return record(n, { ...message, readings: [reading] }, { MessageGroupId: key, SequenceNumber: String(n) });
}

/** In the form of a mapping's event, with ids as long as SQS's. */
function record(n: number, body: object, more: object = {}): object {
  const text = JSON.stringify(body);
  return {
    messageId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    receiptHandle: 'h'.repeat(250),
    body: text,
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()), ...more },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(text).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
    awsRegion: 'us-east-1',
  };
}

/** A state item with one output, as in the table's stream. */
function change(n: number, key: string): object {
  return {
    eventName: 'MODIFY',
    dynamodb: {
      SequenceNumber: String(n + 1),
      NewImage: {
        pk: { S: key },
        sk: { S: 'state' },
        format: { N: '1' },
        lineage: { S: 'l' },
        version: { N: String(n + 1) },
        state: { S: JSON.stringify({ count: n, sum: n }) },
        sequenceNumber: { S: String(n) },
        sentAt: { N: String(Date.now()) },
        applied: { N: String(n) },
        receipts: { B: '' },
        outputs: { S: '[1]' },
      },
    },
  };
}
