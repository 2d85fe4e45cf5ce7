import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../functions/decode-readings.ts';
import { singleReading } from '../../functions/encode-readings.ts';
import { DEDUPLICATION_WINDOW_MS } from '../../functions/limits.ts';
import { packReadings } from '../../functions/pack.ts';
import type { Queue } from '../../model/queue/types.ts';
import { discardDead, listDead, redriveDead } from '../../operate/dead.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { redriveRequest } from '../../operate/redrive.ts';
import { startQueues } from './queues.ts';

const options = () => ({
  places: ['requests', 'readings', 'outputs'] as const,
  limit: 1000,
  signal: new AbortController().signal,
});

/** A reading that was set aside, as the writer puts it into its dead-letter queue. */
function deadReading(key: string, request: string, from = 'message-1') {
  const [message] = packReadings({ id: request, since: 0 }, [{ amount: 1 }], () => key).get(key) ?? [];
  const { body, group, deduplicationId } = singleReading(decodeMessage(message?.body ?? ''), 0, from);
  const attributes = { stage: 'compute', reason: 'cannot be booked', attempts: '1' };
  return { body, group, deduplicationId, attributes };
}

const everything = (queue: Queue) =>
  queue.list().map(({ body, group, attributes }) => ({ body, group, attributes }));

describe('looking at dead letters', () => {
  test('shows where and why each was given up, and returns each at once, in its order', async () => {
    const { deployment, deadRequests, deadReadings } = await startQueues();
    deadRequests.send({
      body: '{"url":"x"}',
      attributes: { id: 'r-1', since: '5', stage: 'read', reason: 'no such host', attempts: '12' },
    });
    for (const request of ['a', 'b', 'c']) deadReadings.send(deadReading('key', request));
    const before = everything(deadReadings);
    const letters = await listDead(deployment, options());
    expect(letters).toMatchObject([
      {
        place: 'requests',
        stage: 'read',
        reason: 'no such host',
        attempts: 12,
        request: 'r-1',
        body: '{"url":"x"}',
      },
      { place: 'readings', stage: 'compute', reason: 'cannot be booked', request: 'a', key: 'key', holds: 1 },
      { place: 'readings', request: 'b' },
      { place: 'readings', request: 'c' },
    ]);
    expect(deadRequests.counts()).toMatchObject({ visible: 1, inFlight: 0 });
    expect(deadReadings.counts()).toMatchObject({ visible: 3, inFlight: 0 });
    expect(everything(deadReadings)).toEqual(before);
    expect(await listDead(deployment, options())).toEqual(letters);
  });

  test('marks letters that SQS moved and letters that Weir did not write', async () => {
    const { deployment, deadRequests, deadReadings } = await startQueues();
    deadRequests.send({ body: '{}' });
    deadReadings.send({ body: 'junk', group: 'g', deduplicationId: '1' });
    const [request, reading] = await listDead(deployment, options());
    expect(request).toMatchObject({
      request: request?.id,
      reason: expect.stringMatching(/^SQS moved it here/),
    });
    expect(reading).toMatchObject({ key: undefined, holds: 0, body: 'junk' });
  });
});

describe('a redrive', () => {
  test('of a request keeps its id and its time, and drops the old reason', async () => {
    const { deployment, requests, deadRequests } = await startQueues();
    deadRequests.send({
      body: '{"url":"x"}',
      attributes: { id: 'r-1', since: '5', stage: 'read', reason: 'no such host', attempts: '12' },
    });
    const result = await redriveDead(deployment, 'all', options());
    expect(result).toMatchObject({ done: [{ request: 'r-1' }], failed: [], missing: [] });
    expect(everything(requests)).toEqual([
      { body: '{"url":"x"}', group: undefined, attributes: { id: 'r-1', since: '5' } },
    ]);
    expect(everything(deadRequests)).toEqual([]);
  });

  test('of a request that SQS moved keeps the message id as its id, so it stays the same request', async () => {
    const { deployment, requests, deadRequests } = await startQueues();
    const { messageId } = deadRequests.send({ body: '{"url":"x"}', group: 'tenant' });
    const [{ sentAt } = { sentAt: 0 }] = deadRequests.list();
    await redriveDead(deployment, 'all', options());
    expect(everything(requests)).toEqual([
      {
        body: '{"url":"x"}',
        group: 'tenant',
        attributes: { messageId, since: String(sentAt - 70 * 86_400_000) },
      },
    ]);
  });

  test('of a request with a chosen id that SQS moved is looked up in all receipts', async () => {
    const { deployment, requests, deadRequests } = await startQueues();
    deadRequests.send({ body: '{"url":"x"}', attributes: { id: 'r-1' } });
    const [{ sentAt } = { sentAt: 0 }] = deadRequests.list();
    await redriveDead(deployment, 'all', options());
    expect(requests.list()[0]?.attributes).toEqual({ id: 'r-1', since: String(sentAt - 70 * 86_400_000) });
  });

  test('of a request goes to the lane that it came from', async () => {
    const { withLane, deployment, requests, backfill, deadRequests } = await startQueues();
    deadRequests.send({ body: '1', attributes: { id: 'r-1', stage: 'read', lane: 'backfill' } });
    deadRequests.send({ body: '2', attributes: { id: 'r-2', stage: 'read' } });
    await redriveDead(withLane, 'all', options());
    expect(backfill.list().map(({ attributes }) => attributes)).toEqual([
      { id: 'r-1', since: expect.any(String) },
    ]);
    expect(requests.list().map(({ body }) => body)).toEqual(['2']);
    const moved = { body: '3', attributes: {}, messageId: 'm', receiptHandle: 'h', group: undefined };
    const letter = { ...moved, sentAt: 5, receiveCount: 1 };
    await redriveRequest(withLane, { ...letter, source: 'arn:aws:sqs:us-east-1:000000000000:backfill' });
    await redriveRequest(withLane, { ...letter, source: 'arn:aws:sqs:us-east-1:000000000000:requests' });
    // The lane was taken away meanwhile.
    await redriveRequest(deployment, { ...letter, body: '4', attributes: { lane: 'backfill' } });
    expect(backfill.list().map(({ body }) => body)).toEqual(['1', '3']);
    expect(requests.list().map(({ body }) => body)).toEqual(['2', '3', '4']);
  });

  test('of a reading sends the same body to the same group, under an id that only this dead letter has', async () => {
    const { deployment, readings, deadReadings } = await startQueues();
    const letter = deadReading('key', 'r-1');
    // SQS would drop it if it came under the id of its first message.
    readings.send(letter);
    deadReadings.send(letter);
    await redriveDead(deployment, 'all', options());
    expect(readings.list().map(({ body, group }) => ({ body, group }))).toEqual([
      { body: letter.body, group: 'key' },
      { body: letter.body, group: 'key' },
    ]);
    const [first, second] = readings.list();
    expect(second?.deduplicationId).not.toBe(first?.deduplicationId);
  });

  test('of a reading that SQS moved is looked up among the receipts, however young its request is', async () => {
    const { deployment, readings, deadReadings } = await startQueues();
    const since = Date.now();
    const [message] = packReadings({ id: 'r-1', since }, [{ amount: 1 }], () => 'key').get('key') ?? [];
    const { body = '', group = '', deduplicationId = '' } = message ?? {};
    deadReadings.send({ body, group, deduplicationId });
    await redriveDead(deployment, 'all', options());
    const [again] = readings.list().map((each) => decodeMessage(each.body));
    expect(again).toEqual({ ...decodeMessage(body), since: since - DEDUPLICATION_WINDOW_MS });
  });

  test('whose delete fails keeps the letter, and a second redrive has no second effect', async () => {
    let failing = true;
    const { deployment, readings, deadReadings } = await startQueues(async ({ target }) => {
      if (failing && target.endsWith('DeleteMessageBatch')) throw new Error('no answer');
    });
    deadReadings.send(deadReading('key', 'r-1'));
    await expect(redriveDead(deployment, 'all', options())).rejects.toThrow();
    expect(deadReadings.counts()).toMatchObject({ visible: 1 });
    failing = false;
    await redriveDead(deployment, 'all', options());
    expect(deadReadings.counts()).toMatchObject({ visible: 0, inFlight: 0 });
    expect(readings.list()).toHaveLength(1);
  });

  test('that the readings queue refuses keeps the letter where it is', async () => {
    const { deployment, deadReadings, readings } = await startQueues();
    deadReadings.send({ body: 'junk', group: 'g', deduplicationId: '1' });
    deadReadings.send(deadReading('key', 'r-1'));
    const { done, failed } = await redriveDead(deployment, 'all', options());
    expect(done).toMatchObject([{ request: 'r-1' }]);
    expect(failed).toMatchObject([
      { letter: { body: 'junk' }, reason: expect.stringMatching(/no message of Weir/) },
    ]);
    expect(everything(deadReadings)).toMatchObject([{ body: 'junk' }]);
    expect(readings.list()).toHaveLength(1);
  });

  test('of a reading of a newer build keeps the letter, and says which build can redrive it', async () => {
    const { deployment, deadReadings, readings } = await startQueues();
    const { body, ...letter } = deadReading('key', 'r-1');
    deadReadings.send({ ...letter, body: body.replace('"v":1', '"v":999') });
    const { failed } = await redriveDead(deployment, 'all', options());
    expect(failed).toMatchObject([{ reason: expect.stringMatching(/format 999.*the newer build of weir/) }]);
    expect([deadReadings.list().length, readings.list().length]).toEqual([1, 0]);
  });

  test('of everything ends, even if the letters fail again at once', async () => {
    const queues = await startQueues(async ({ target }) => {
      if (!target.endsWith('SendMessageBatch')) return;
      // The request fails and is set aside while the redrive is still at it.
      queues.deadRequests.send({ body: '{"url":"x"}', attributes: { id: 'r-1', since: '5' } });
    });
    queues.deadRequests.send({ body: '{"url":"x"}', attributes: { id: 'r-1', since: '5' } });
    const { done } = await redriveDead(queues.deployment, 'all', options());
    expect(done).toHaveLength(1);
    expect(queues.deadRequests.counts()).toMatchObject({ visible: 1, inFlight: 0 });
  });

  test('takes shortened ids, refuses one that fits two letters, and names one that fits none', async () => {
    const { deployment, requests, deadRequests } = await startQueues();
    const sent = Array.from({ length: 40 }, (_, n) => deadRequests.send({ body: `{"n":${n}}` }));
    const chosen = sent[17]?.messageId ?? '';
    const { done, missing } = await redriveDead(deployment, [chosen.slice(0, 12), 'nothing'], options());
    expect(done.map(({ id }) => id)).toEqual([chosen]);
    expect(missing).toEqual(['nothing']);
    expect(requests.list()).toHaveLength(1);
    expect(deadRequests.counts()).toMatchObject({ visible: 39, inFlight: 0 });
    // 40 ids of 16 possible first characters.
    const twice = [...'0123456789abcdef'].find(
      (first) => sent.filter(({ messageId }) => messageId.startsWith(first)).length > 2,
    );
    await expect(redriveDead(deployment, [twice ?? ''], options())).rejects.toThrow(
      /give more of the id. Nothing was done/,
    );
    expect(requests.list()).toHaveLength(1);
  });
});

test('a discard deletes the chosen letters and no others', async () => {
  const { deployment, deadRequests, deadReadings } = await startQueues();
  deadRequests.send({ body: '1' });
  deadRequests.send({ body: '1' });
  deadReadings.send(deadReading('key', 'r-1'));
  const { done } = await discardDead(deployment, 'all', { ...options(), places: ['requests'] });
  expect(done).toHaveLength(2);
  expect(deadRequests.list()).toEqual([]);
  expect(deadReadings.counts()).toMatchObject({ visible: 1 });
});

describe('undelivered outputs', () => {
  const NAME = 'aws/lambda/m/shardId-0/2026/11/22/2026-11-22T16.20.00-one';
  const record = { dynamodb: { Keys: { pk: { S: 'key' }, sk: { S: 'state' } }, SequenceNumber: '1' } };

  function putAside({ failedOutputs: _, ...deployment }: Deployment, folder: string, text?: string) {
    const file = join(folder, NAME);
    mkdirSync(join(file, '..'), { recursive: true });
    const payload = JSON.stringify({ Records: [record] });
    const invocation = {
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 21 },
      payload,
    };
    writeFileSync(file, text ?? JSON.stringify(invocation));
    return deployment;
  }

  test('are listed with their key and reason, and go back to the writer as they came', async () => {
    const { deployment, announcement } = await startQueues();
    putAside(deployment, announcement.access.failedOutputsFolder);
    expect(await listDead(deployment, options())).toMatchObject([
      {
        place: 'outputs',
        id: '2026-11-22T16.20.00-one',
        key: 'key',
        stage: 'write',
        reason: 'RetryAttemptsExhausted',
        attempts: 21,
      },
    ]);
    const calls: unknown[] = [];
    const answering = (text: string): Deployment => ({
      ...deployment,
      call: async (service, { path, body = '' }) => {
        calls.push([service, path, JSON.parse(body)]);
        return { from: 'a test', headers: new Headers(), text };
      },
    });
    const failing = await redriveDead(
      answering('{"batchItemFailures":[{"itemIdentifier":"1"}]}'),
      'all',
      options(),
    );
    expect(failing.failed).toHaveLength(1);
    expect(await listDead(deployment, options())).toHaveLength(1);
    const { done } = await redriveDead(answering('{"batchItemFailures":[]}'), 'all', options());
    expect(done).toHaveLength(1);
    expect(calls.at(-1)).toEqual([
      'lambda',
      '/2015-03-31/functions/Writer/invocations',
      { Records: [record] },
    ]);
    expect(await listDead(deployment, options())).toEqual([]);
  });

  test('in a file that Lambda did not write are named, not skipped', async () => {
    const { deployment, announcement } = await startQueues();
    putAside(deployment, announcement.access.failedOutputsFolder, 'something else');
    const letters = await listDead(deployment, options());
    expect(letters).toMatchObject([{ reason: expect.stringMatching(/is not what Lambda writes/) }]);
  });
});
