/**
 * A dead request that an operator edits: a new request, linked to the old one, and never two of them by
 * accident.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { editedIdOf } from '../../functions/message-ids.ts';
import { packReadings } from '../../functions/pack.ts';
import { discardDead, editDead, listDead, redriveDead } from '../../operate/dead.ts';
import { DEAD_PLACES } from '../../operate/dead-letter.ts';
import type { DeadMessage } from '../../operate/dead-queue.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { newBody } from '../../operate/edit-request.ts';
import { requestAgain } from '../../operate/redrive.ts';
import { startQueues } from './queues.ts';

const options = { places: DEAD_PLACES, limit: 1000, signal: new AbortController().signal };
const verdict = { stage: 'read', reason: 'no such host', attempts: '12' };
const broken = { body: '{"url":"x"}', attributes: { id: 'r-1', since: '5', ...verdict } };

describe('an edited dead request', () => {
  test('goes back as a new request whose id names the old one, in the same chain', async () => {
    const { deployment, requests, deadRequests } = await startQueues();
    const { messageId } = deadRequests.send({
      body: '{"url":"x"}',
      group: 'tenant',
      attributes: { id: 'r-1', since: '5', tried: '3', firstSent: '4', chain: '2/7/first', ...verdict },
    });
    const { request, done } = await editDead(deployment, messageId, ' { "url": "y" }\n', options);
    expect(done).toMatchObject([{ request: 'r-1' }]);
    expect(request).toMatch(/^r-1~edit-[0-9a-f]{16}$/);
    expect(requests.list()).toMatchObject([{ body: '{"url":"y"}', group: 'tenant' }]);
    // The stage tells the reader that a person let a request of a chain go.
    expect(requests.list()[0]?.attributes).toEqual({
      id: request,
      since: '5',
      chain: '2/7/first',
      stage: 'read',
      editedFrom: 'r-1',
    });
    expect(deadRequests.list()).toEqual([]);
  });

  test('that fails again names the request that it was edited from', async () => {
    const { deployment, deadRequests } = await startQueues();
    deadRequests.send({
      ...broken,
      attributes: { ...broken.attributes, id: 'r-1~edit-0', editedFrom: 'r-1' },
    });
    expect(await listDead(deployment, options)).toMatchObject([{ request: 'r-1~edit-0', editedFrom: 'r-1' }]);
  });

  test('is the same request each time with the same body, and another request with another body', () => {
    const once = editedIdOf('r-1', '{"url":"y"}');
    expect(editedIdOf('r-1', '{"url":"y"}')).toBe(once);
    expect(editedIdOf('r-1', '{"url":"z"}')).not.toBe(once);
    expect(editedIdOf('r-2', '{"url":"y"}')).not.toBe(once);
    expect(editedIdOf(once, '{"url":"y"}')).toMatch(/^r-1~edit-[0-9a-f]{16}$/);
    expect(editedIdOf(once, '{"url":"y"}')).not.toBe(once);
    for (const long of ['x'.repeat(512), `${'x'.repeat(479)}🌊`.padEnd(512, 'y')]) {
      const id = editedIdOf(long, '1');
      expect(id.length).toBeLessThanOrEqual(512);
      expect(id.isWellFormed()).toBe(true);
    }
  });

  test('has its own id although the pipeline finds the old one in its body', async () => {
    const { deployment, requests, deadRequests } = await startQueues();
    const { messageId } = deadRequests.send({ body: '{"event":"e-1"}' });
    const { request } = await editDead(deployment, messageId, '{"event":"e-1","url":"y"}', options);
    expect(requests.list()[0]?.attributes).toMatchObject({ id: request, editedFrom: messageId });
    expect(requests.list()[0]?.attributes).not.toHaveProperty('messageId');
  });

  test('whose letter could not be deleted is sent again as the same request', async () => {
    let failing = true;
    const { deployment, requests, deadRequests } = await startQueues(async ({ target }) => {
      if (failing && target.endsWith('DeleteMessageBatch')) throw new Error('no answer');
    });
    const { messageId } = deadRequests.send(broken);
    await expect(editDead(deployment, messageId, '{"url":"y"}', options)).rejects.toThrow();
    expect(deadRequests.counts()).toMatchObject({ visible: 1 });
    failing = false;
    await editDead(deployment, messageId, '{ "url" : "y" }', options);
    expect(deadRequests.counts()).toMatchObject({ visible: 0, inFlight: 0 });
    const sent = requests.list();
    expect(sent).toHaveLength(2);
    expect(sent[0]?.attributes).toEqual(sent[1]?.attributes);
  });

  test('keeps every digit of its numbers, and is refused where it is no request', async () => {
    expect(newBody('{ "n": 9007199254740993.0, "s": "\ufffe" }')).toBe(
      '{"n":9007199254740993.0,"s":"\\ufffe"}',
    );
    const { deployment, requests, deadRequests } = await startQueues();
    const { messageId } = deadRequests.send(broken);
    for (const [body, problem] of [
      ['{"url":', /the new body is not JSON/],
      ['{"url":1,"url":2}', /url/],
      [JSON.stringify('x'.repeat(1_048_576)), /larger than SQS takes/],
    ] as const) {
      const refused = editDead(deployment, messageId, body, options).then(({ failed }) => {
        throw new Error(failed[0]?.reason);
      });
      await expect(refused, body.slice(0, 20)).rejects.toThrow(problem);
    }
    expect(requests.list()).toEqual([]);
    expect(deadRequests.counts()).toMatchObject({ visible: 1, inFlight: 0 });
  });

  test('is refused for a letter of readings: the letter stays, and the error says what to do', async () => {
    const { deployment, readings, deadReadings } = await startQueues();
    const [message] = packReadings({ id: 'r-1', since: 0 }, [1], () => 'k').get('k') ?? [];
    const { messageId } = deadReadings.send({ body: message?.body ?? '', group: 'k', deduplicationId: '1' });
    const { failed } = await editDead(deployment, messageId, '{"url":"y"}', options);
    expect(failed).toMatchObject([{ reason: expect.stringMatching(/a reading of request "r-1": submit/) }]);
    expect(readings.list()).toEqual([]);
    expect(deadReadings.counts()).toMatchObject({ visible: 1, inFlight: 0 });
  });
});

/** SQS that shows one letter, and answers a send in that way. */
function answering(answer: { readonly refused: string } | { readonly lost: Error } | 'nothing said') {
  const sqs = mockClient(SQSClient);
  onTestFinished(() => sqs.restore());
  const letter = { MessageId: 'm-1', ReceiptHandle: 'handle', Body: broken.body };
  let looks = 0;
  // One walk after the other: the letter, then nothing more.
  sqs.on(ReceiveMessageCommand).callsFake(async () => {
    looks += 1;
    return looks % 2 === 1 ? { Messages: [letter] } : {};
  });
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({});
  const send = sqs.on(SendMessageBatchCommand);
  if (answer === 'nothing said') send.resolves({});
  else if ('lost' in answer) send.rejects(answer.lost);
  else send.resolves({ Failed: [{ Id: '0', Code: answer.refused, SenderFault: true }], Successful: [] });
  const queues = { requestsQueue: 'q', requestsDeadLetterQueue: 'dead-q', local: true };
  const deployment = { ...queues, sqs: new SQSClient({}) } as unknown as Deployment;
  return { deployment, deleted: () => sqs.commandCalls(DeleteMessageBatchCommand) };
}

describe('a letter whose copy SQS did not confirm stays', () => {
  const cases = [
    ['refuses it', { refused: 'InvalidMessageContents' }],
    ['does not account for it', 'nothing said'],
    ['does not answer', { lost: new Error('no answer') }],
  ] as const;
  const places = { ...options, places: ['requests'] as const };
  test.each(cases)('when it is redriven and SQS %s', async (_, answer) => {
    const { deployment, deleted } = answering(answer);
    const { done, failed } = await redriveDead(deployment, () => true, places);
    expect([done.length, failed.length, deleted().length]).toEqual([0, 1, 0]);
  });
  test.each(cases)('when it is edited and SQS %s', async (_, answer) => {
    const { deployment, deleted } = answering(answer);
    const { request, done, failed } = await editDead(deployment, 'm-1', '{"url":"y"}', places);
    expect(request).toBeUndefined();
    expect([done.length, failed.length, deleted().length]).toEqual([0, 1, 0]);
  });
});

describe('dead letters with a common reason', () => {
  async function three() {
    const queues = await startQueues();
    const ids = ['no such host', 'not found', 'no such host'].map((reason, n) =>
      queues.deadRequests.send({ body: `{"n":${n}}`, attributes: { id: `r-${n}`, since: '5', reason } }),
    );
    return { ...queues, ids };
  }
  const isThat = ({ reason }: { readonly reason: string }) => reason === 'no such host';

  test('are redriven together, and the others return at once', async () => {
    const { deployment, requests, deadRequests } = await three();
    const { done } = await redriveDead(deployment, isThat, options);
    expect(done.map(({ request }) => request).sort()).toEqual(['r-0', 'r-2']);
    expect(requests.list()).toHaveLength(2);
    expect(deadRequests.counts()).toMatchObject({ visible: 1, inFlight: 0 });
  });

  test('are discarded together, and nothing else is', async () => {
    const { deployment, requests, deadRequests } = await three();
    const { done } = await discardDead(deployment, isThat, options);
    expect(done).toHaveLength(2);
    expect(requests.list()).toEqual([]);
    expect(deadRequests.list()).toMatchObject([{ attributes: { id: 'r-1' } }]);
  });
});

test('a redriven request of a chain is read although it exceeds the limits of its chain', () => {
  const letter: DeadMessage = {
    messageId: 'm-1',
    receiptHandle: '',
    body: '{}',
    group: undefined,
    sentAt: 0,
    receiveCount: 1,
    attributes: { id: 'r-1', since: '5', chain: '9/over/first', ...verdict },
  };
  expect(requestAgain(letter).attributes).toEqual({
    id: 'r-1',
    since: '5',
    chain: '9/over/first',
    stage: 'read',
  });
});
