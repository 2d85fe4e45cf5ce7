/** The identity of a request without an id: that of an event, whose id is in the body. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { PermanentError } from '../../../functions/errors.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import { defaultLimits } from '../../../functions/limits.ts';
import { definePipeline, type Pipeline } from '../../../functions/pipeline.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { requestAgain } from '../../../operate/redrive.ts';
import clicks from '../../../pipelines/clicks.ts';
import { buildIncoming } from '../../builders.ts';
import { buildReader, TIME_MS } from './reader-builder.ts';

const DAY_MS = 86_400_000;
const SENT_AT = 100 * DAY_MS;

const event = v.object({ event: v.optional(v.string()) });

/** Takes the id of a request from its event, and reads something else each time. */
function fedPipeline(parts: Partial<Pipeline> = {}): Partial<Pipeline> {
  let reads = 0;
  const read = async () => {
    reads += 1;
    return [reads];
  };
  const { requestId } = definePipeline({
    name: 'fed',
    request: event,
    requestId: (request) => request.event,
    read: async () => [0],
    initial: () => 0,
    compute: (state) => state,
  });
  return { request: event, requestId, read, ...parts };
}

const messageOf = (messageId: string, body: unknown, parts: Partial<IncomingMessage> = {}) =>
  buildIncoming({ messageId, body: JSON.stringify(body), sentAt: SENT_AT, ...parts });

async function readAll(messages: readonly IncomingMessage[], pipeline: Partial<Pipeline>) {
  const { ports, readings, deadLetters } = buildReader({ pipeline });
  expect(await readBatch(messages, TIME_MS, ports)).toEqual([]);
  return { sent: readings.taken, dead: deadLetters.taken };
}

describe('an event that is delivered twice', () => {
  test('is one request: its second message has the ids of the first', async () => {
    const { sent } = await readAll(
      [messageOf('m-1', { event: 'e-1' }), messageOf('m-2', { event: 'e-1' })],
      fedPipeline(),
    );
    const [first, second] = sent;
    expect(second?.deduplicationId).toBe(first?.deduplicationId);
    expect(sent.map(({ body }) => decodeMessage(body).request)).toEqual(['e-1', 'e-1']);
    expect(decodeMessage(first?.body ?? '').since).toBe(SENT_AT - 14 * DAY_MS);
  });

  test('is another request than that of another event', async () => {
    const bodies = [{ event: 'e-1' }, { event: 'e-2' }, {}, {}];
    const { sent } = await readAll(
      bodies.map((body, index) => messageOf(`m-${index}`, body)),
      fedPipeline(),
    );
    expect(sent.map(({ body }) => decodeMessage(body).request)).toEqual(['e-1', 'e-2', 'm-2', 'm-3']);
    // Without an id of its own a request costs no look-ups.
    expect(sent.map(({ body }) => decodeMessage(body).since)).toEqual([
      SENT_AT - 14 * DAY_MS,
      SENT_AT - 14 * DAY_MS,
      SENT_AT,
      SENT_AT,
    ]);
  });

  test('is the same request as one that is submitted under its id by hand; a given id takes precedence', async () => {
    const given = messageOf('m-1', { event: 'e-1' }, { attributes: { id: 'e-2' } });
    const { sent } = await readAll([given, messageOf('m-2', { event: 'e-2' })], fedPipeline());
    expect(sent.map(({ body }) => decodeMessage(body).request)).toEqual(['e-2', 'e-2']);
  });
});

describe('a request of an event that was set aside and redriven is the same request', () => {
  const redriven = (dead: {
    readonly body: string;
    readonly attributes?: Readonly<Record<string, string>>;
  }) =>
    buildIncoming({
      messageId: 'other',
      body: dead.body,
      attributes: dead.attributes ?? {},
      sentAt: 2 * SENT_AT,
    });

  test.each([
    ['after its read failed', 1],
    ['after its function died over it', defaultLimits.readAttempts + 1],
  ])('%s', async (_, receiveCount) => {
    const gone = async () => Promise.reject(new PermanentError('gone'));
    const { dead } = await readAll(
      [messageOf('m-1', { event: 'e-1' }, { receiveCount })],
      fedPipeline({ read: gone }),
    );
    const { sent } = await readAll(dead.map(redriven), fedPipeline());
    expect(sent.map(({ body }) => decodeMessage(body))).toMatchObject([
      { request: 'e-1', since: SENT_AT - 14 * DAY_MS },
    ]);
  });

  test('under the id of its first read, even if the pipeline would give it another one now', async () => {
    const gone = async () => Promise.reject(new PermanentError('gone'));
    const { dead } = await readAll([messageOf('m-1', { event: 'e-1' })], fedPipeline({ read: gone }));
    const { sent } = await readAll(dead.map(redriven), fedPipeline({ requestId: () => 'renamed' }));
    expect(sent.map(({ body }) => decodeMessage(body).request)).toEqual(['e-1']);
  });

  test('after the schema that refused it was fixed', async () => {
    const { dead } = await readAll(
      [messageOf('m-1', { event: 'e-1' }), messageOf('m-2', {})],
      fedPipeline({ request: v.string() }),
    );
    const { sent } = await readAll(dead.map(redriven), fedPipeline());
    expect(sent.map(({ body }) => decodeMessage(body).request)).toEqual(['e-1', 'm-2']);
  });

  test('after SQS itself moved it, with an event or without', async () => {
    const moved = [{ event: 'e-1' }, {}].map((body, index) => ({
      body: JSON.stringify(body),
      messageId: `m-${index}`,
      sentAt: SENT_AT,
      group: undefined,
      attributes: {},
      receiptHandle: '',
      receiveCount: 21,
    }));
    const { sent } = await readAll(moved.map(requestAgain).map(redriven), fedPipeline());
    const messages = sent.map(({ body }) => decodeMessage(body));
    expect(messages.map(({ request }) => request)).toEqual(['e-1', 'm-1']);
    for (const { since } of messages) expect(since).toBeLessThanOrEqual(SENT_AT);
  });
});

describe('an invalid id', () => {
  test.each([
    ['nothing', ''],
    ['too much', 'x'.repeat(513)],
    ['what SQS takes in no attribute', 'a\u0001b'],
    ['half a character', 'a\ud800'],
  ])('because it is %s sets its request aside, and the others continue', async (_, id) => {
    const { sent, dead } = await readAll(
      [messageOf('m-1', { event: id }), messageOf('m-2', { event: 'e-2' })],
      fedPipeline({
        request: v.any(),
        requestId: (request) => (Object(request).event === 'e-2' ? 'e-2' : id),
      }),
    );
    expect(sent.map(({ body }) => decodeMessage(body).request)).toEqual(['e-2']);
    expect(dead).toMatchObject([
      { attributes: { messageId: 'm-1', reason: expect.stringMatching(/^request id of \d+ characters/) } },
    ]);
  });
});

describe('an event of S3', () => {
  const idOf = async (pipeline: Pipeline, body: unknown) => {
    const { sent } = await readAll([messageOf('m-1', body)], {
      ...pipeline,
      read: async () => [0],
      order: { by: 'arrival', key: () => 'k' },
    });
    return decodeMessage(sent[0]?.body ?? '').request;
  };

  test('through EventBridge gets its id from the URL and the sequencer of the object', async () => {
    const body = { url: 's3://access-logs/site/a.gz', sequencer: '00617F08299329D189' };
    const id = await idOf(clicks, body);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await idOf(clicks, body)).toBe(id);
    expect(await idOf(clicks, { ...body, sequencer: '00617F08299329D190' })).not.toBe(id);
    expect(await idOf(clicks, { ...body, url: 's3://access-logs/site/b.gz' })).not.toBe(id);
    // An event without one, and a request that no event is behind.
    expect(await idOf(clicks, { ...body, sequencer: '' })).toBe('m-1');
    expect(await idOf(clicks, { url: body.url })).toBe('m-1');
  });

  test('by a notification to the queue gives the record as the request, as docs/deploy.md says', async () => {
    const notified = definePipeline({
      name: 'notified',
      request: S3Notification,
      requestId: ({ url, sequencer }) => `${url}#${sequencer}`,
      read: async () => [0],
      initial: () => 0,
      compute: (state) => state,
    });
    const object = { key: 'site/a+log%2B1.gz', size: 7, eTag: 'e', sequencer: '00A' };
    const s3 = { s3SchemaVersion: '1.0', bucket: { name: 'access-logs' }, object };
    const record = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 };
    expect(await idOf(notified, { Records: [record] })).toBe('s3://access-logs/site/a log+1.gz#00A');
    // What S3 sends once, when the notification is set up, is no request: it is set aside with its reason.
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'access-logs' };
    const { dead } = await readAll([messageOf('m-1', test)], notified);
    expect(dead).toMatchObject([
      {
        attributes: {
          reason: expect.stringMatching(/does not fit the schema of notified: \.Records is missing/),
        },
      },
    ]);
  });
});

const Record = v.object({
  s3: v.object({
    bucket: v.object({ name: v.string() }),
    object: v.object({ key: v.string(), sequencer: v.string() }),
  }),
});
const S3Notification = v.pipe(
  v.object({ Records: v.tuple([Record]) }),
  v.transform(({ Records: [{ s3 }] }) => ({
    // A key comes as in a form: spaces as +, everything else that is not plain as %XX.
    url: `s3://${s3.bucket.name}/${decodeURIComponent(s3.object.key.replaceAll('+', ' '))}`,
    sequencer: s3.object.sequencer,
  })),
);
