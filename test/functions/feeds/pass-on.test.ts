import { describe, expect, test } from 'vitest';
import type { FeedRecord } from '../../../functions/feeds/feed-record.ts';
import { passOn } from '../../../functions/feeds/pass-on.ts';
import { bytesOf } from '../../../functions/outgoing-request.ts';
import type { Observation, OutgoingMessage, SendFailure } from '../../../functions/ports.ts';
import { identityOf } from '../../../functions/requests.ts';
import { buildPipeline } from '../../builders.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const DAYS = 86_400_000;

type Refuse = (message: OutgoingMessage) => SendFailure | undefined;

function ports(refuse: Refuse = () => undefined, refuseDead: Refuse = () => undefined) {
  const sent: OutgoingMessage[][] = [];
  const dead: OutgoingMessage[] = [];
  const seen: Observation[] = [];
  const outbox = (take: (messages: readonly OutgoingMessage[]) => void, refusal: Refuse) => ({
    async sendBatch(messages: readonly OutgoingMessage[]) {
      const answers = messages.map(refusal);
      take(messages.filter((_, index) => answers[index] === undefined));
      return answers;
    },
  });
  return {
    sent,
    dead,
    seen,
    requests: outbox((messages) => void sent.push([...messages]), refuse),
    deadLetters: outbox((messages) => void dead.push(...messages), refuseDead),
    clock: { now: () => NOW },
    observe: (observation: Observation) => void seen.push(observation),
  };
}

const record = (n: number, body: FeedRecord['body'] = `{"n":${n}}`): FeedRecord => ({
  identifier: `i${n}`,
  position: `stream/0/${n}`,
  at: NOW - 1000,
  body,
});

describe('a feed', () => {
  test('passes records on ten at once, each under its position', async () => {
    const to = ports();
    expect(
      await passOn(
        Array.from({ length: 12 }, (_, n) => record(n)),
        to,
      ),
    ).toEqual([]);
    expect(to.sent.map((lot) => lot.length)).toEqual([10, 2]);
    expect(to.sent[0]?.[0]).toEqual({
      body: '{"n":0}',
      attributes: { messageId: 'stream/0/0', since: String(NOW - 1000 - 14 * DAYS) },
    });
  });

  test('gives its requests their position as id, unless the pipeline finds an id in them', async () => {
    const to = ports();
    await passOn([record(7)], to);
    const { body = '', attributes = {} } = to.sent[0]?.[0] ?? {};
    const message = {
      messageId: 'of-sqs',
      receiptHandle: '',
      body,
      receiveCount: 1,
      sentAt: NOW,
      group: '',
      sequenceNumber: '',
      attributes,
    };
    expect(identityOf(message, { n: 7 }, buildPipeline()).id).toBe('stream/0/7');
    const chosen = buildPipeline({ requestId: () => 'order-1' });
    // Another record may have had the id before: as far back as a submitter may have sent it.
    expect(identityOf(message, { n: 7 }, chosen)).toEqual({ id: 'order-1', since: NOW - 1000 - 14 * DAYS });
  });

  test('confirms only records that SQS has accepted: the first one that it refused, and all later ones, come again', async () => {
    const to = ports(({ body }) =>
      body === '{"n":3}' ? { reason: 'Throttled', retriable: true } : undefined,
    );
    const records = Array.from({ length: 25 }, (_, n) => record(n));
    const failed = await passOn(records, to);
    expect(failed[0]).toBe('i3');
    expect(failed.slice(1)).toEqual(records.slice(10).map(({ identifier }) => identifier));
    expect(to.sent).toHaveLength(1);
    expect(to.seen).toMatchObject([{ kind: 'failure', stage: 'feed', request: 'stream/0/3', messages: 1 }]);
  });

  test('confirms nothing without an answer of SQS: everything comes again', async () => {
    const to = ports();
    const requests = { sendBatch: async () => Promise.reject(new Error('socket hang up')) };
    expect(await passOn([record(1), record(2)], { ...to, requests })).toEqual(['i1', 'i2']);
  });

  test('puts a record that can never fit into the dead-letter queue with its position, and only then passes it', async () => {
    const large = `"${'x'.repeat(1_048_574)}"`;
    const wide = `"${'x'.repeat(2_000_000)}"`;
    const records = [
      record(1, { problem: 'it is no text in UTF-8', base64: '/w==' }),
      record(2, ''),
      record(3, '"\uFFFF"'),
      record(4, large),
      record(5, wide),
      record(6),
    ];
    const to = ports();
    expect(await passOn(records, to)).toEqual([]);
    expect(to.sent.flat().map(({ body }) => body)).toEqual(['{"n":6}']);
    expect(to.dead.map(({ attributes }) => attributes?.['messageId'])).toEqual([
      'stream/0/1',
      'stream/0/2',
      'stream/0/3',
      undefined, // A message of a queue at its limit keeps its text, which is nowhere else: the log has its position.
      'stream/0/5',
    ]);
    expect(to.dead[0]).toMatchObject({
      body: '{"position":"stream/0/1","base64":"/w=="}',
      attributes: { stage: 'feed', reason: 'it is no text in UTF-8', attempts: '1' },
    });
    expect(to.dead[3]?.body).toBe(large);
    expect(to.dead[4]?.body).toBe('{"position":"stream/0/5","bytes":2000002}');
    expect(to.dead.every((letter) => bytesOf(letter) <= 1_048_576)).toBe(true);
    expect(to.seen).toHaveLength(5);

    const full = ports(undefined, () => ({ reason: 'Throttled', retriable: true }));
    expect(await passOn(records.slice(0, 1), full)).toEqual(['i1']);
  });

  test('puts a record that SQS refuses for good into the dead-letter queue, so the others continue', async () => {
    const refuse: Refuse = ({ body }) =>
      body === '{"n":1}' ? { reason: 'InvalidMessageContents', retriable: false } : undefined;
    const to = ports(refuse);
    expect(await passOn([record(1), record(2)], to)).toEqual([]);
    expect(to.dead).toMatchObject([
      { body: '{"n":1}', attributes: { reason: 'SQS refuses it: InvalidMessageContents' } },
    ]);
  });

  test('sends no more in one call than SQS accepts', async () => {
    const to = ports();
    const half = `"${'x'.repeat(600_000)}"`;
    await passOn([record(1, half), record(2, half), record(3, half)], to);
    expect(to.sent.map((lot) => lot.length)).toEqual([1, 1, 1]);
  });
});
