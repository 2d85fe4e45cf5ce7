import { SendMessageBatchCommand, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../../client/client.ts';
import { createInstantClock } from '../clocks.ts';
import { startQueues } from '../operate/queues.ts';
import fc from '../properties.ts';
import { WHERE } from './table.ts';

const sqs = mockClient(SQSClient);
beforeEach(() => {
  sqs.reset();
});

const connect = () =>
  createClient({
    ...WHERE,
    sqs: new SQSClient({ region: 'eu-west-1' }),
    clock: createInstantClock(),
    random: () => 0.5,
  });
const entriesOf = () =>
  sqs.commandCalls(SendMessageBatchCommand).map(({ args: [{ input }] }) => input.Entries ?? []);
const idOf = (entry: ReturnType<typeof entriesOf>[number][number]) =>
  entry.MessageAttributes?.['id']?.StringValue ?? '';
const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `r-${n}`, body: { n } }));

/** SQS takes everything but what `refuse` says, by id and by how often it was asked. */
function answer(
  refuse: (id: string, time: number) => 'fault' | 'no' | 'nothing' | undefined = () => undefined,
) {
  const asked = new Map<string, number>();
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries }) => {
    const outcomes = Entries.map((entry: ReturnType<typeof entriesOf>[number][number]) => {
      const time = (asked.get(idOf(entry)) ?? 0) + 1;
      asked.set(idOf(entry), time);
      return { Id: entry.Id, outcome: refuse(idOf(entry), time) };
    });
    const of = (...wanted: unknown[]) =>
      outcomes.filter((one: { outcome: unknown }) => wanted.includes(one.outcome));
    return {
      Successful: of(undefined),
      Failed: of('fault', 'no').map(({ Id, outcome }: { Id: string; outcome: string }) => ({
        Id,
        SenderFault: outcome === 'no',
        Code: outcome === 'no' ? 'InvalidMessageContents' : 'InternalError',
      })),
    };
  });
  return asked;
}

function failure(status: number | undefined, attempts: number): SQSServiceException {
  const $metadata = { attempts, ...(status === undefined ? {} : { httpStatusCode: status }) };
  return new SQSServiceException({ name: 'Broken', $fault: 'client', message: 'broken', $metadata });
}

describe('requests are submitted', () => {
  test('to the lane that was named, and not at all if the client does not know its queue', async () => {
    answer();
    const client = createClient({
      ...WHERE,
      backfillQueueUrl: 'https://sqs/backfill',
      sqs: new SQSClient({}),
    });
    await client.submit(numbered(1), { lane: 'backfill' });
    await client.submit(numbered(1), { lane: 'live' });
    await client.submit(numbered(1));
    const urls = sqs.commandCalls(SendMessageBatchCommand).map(({ args: [{ input }] }) => input.QueueUrl);
    expect(urls).toEqual(['https://sqs/backfill', WHERE.requestsQueueUrl, WHERE.requestsQueueUrl]);
    await expect(connect().submit(numbered(1), { lane: 'backfill' })).rejects.toThrow(
      "submit with lane: 'backfill': give createClient backfillQueueUrl, an output of a pipeline with `backfill`",
    );
  });

  test('in batches of ten, under their ids, with the tenant as the message group', async () => {
    answer();
    const submitted = await connect().submit([
      ...numbered(22),
      { id: 'of-acme', tenant: 'acme', body: { text: '\uFFFF', zero: -0 } },
    ]);
    expect(submitted).toEqual({
      accepted: [...numbered(22).map(({ id }) => id), 'of-acme'],
      refused: [],
      unknown: [],
    });
    expect(entriesOf().map((entries) => entries.length)).toEqual([10, 10, 3]);
    expect(entriesOf()[2]?.[2]).toMatchObject({
      MessageBody: '{"text":"\\uffff","zero":-0}',
      MessageGroupId: 'acme',
      MessageAttributes: { id: { DataType: 'String', StringValue: 'of-acme' } },
    });
    expect(entriesOf()[0]?.[0]).not.toHaveProperty('MessageGroupId');
  });

  test('in batches of at most 1 MiB', async () => {
    answer();
    const body = 'x'.repeat(400_000);
    const submitted = await connect().submit(numbered(5).map(({ id }) => ({ id, body })));
    expect(submitted.accepted).toHaveLength(5);
    expect(entriesOf().map((entries) => entries.length)).toEqual([2, 2, 1]);
  });

  test('under a random id if none is given, and the answer names it', async () => {
    answer();
    const { accepted } = await connect().submit([{ body: 1 }, { body: 1 }]);
    expect(new Set(accepted).size).toBe(2);
    expect(entriesOf().flat().map(idOf)).toEqual(accepted);
  });

  test('again if SQS had an internal error: only those, until SQS takes them', async () => {
    const asked = answer((id, time) => (id === 'r-3' && time <= 3 ? 'fault' : undefined));
    const { accepted } = await connect().submit(numbered(8));
    expect(accepted).toEqual(numbered(8).map(({ id }) => id));
    expect(asked.get('r-3')).toBe(4);
    expect(asked.get('r-2')).toBe(1);
  });
});

describe('each request that is submitted is accounted for', () => {
  test('as refused by SQS, or as unanswered each time', async () => {
    answer((id) => (id === 'r-1' ? 'no' : id === 'r-4' ? 'nothing' : id === 'r-5' ? 'fault' : undefined));
    expect(await connect().submit(numbered(7))).toEqual({
      accepted: ['r-0', 'r-2', 'r-3', 'r-6'],
      refused: [{ index: 1, id: 'r-1', reason: 'InvalidMessageContents' }],
      unknown: [
        { index: 4, id: 'r-4', reason: 'SQS did not account for it' },
        { index: 5, id: 'r-5', reason: 'InternalError' },
      ],
    });
  });

  test('as refused before sending, with the cause; the others are sent', async () => {
    answer();
    const { accepted, refused } = await connect().submit([
      { id: 'a', body: { deep: [Number.NaN] } },
      { id: 'b', body: 1 },
      { id: 'b', body: 2 },
      { id: '', body: 3 },
      { id: 'c', body: 4, tenant: 'two words' },
      { id: 'd', body: 'x'.repeat(1_100_000) },
    ]);
    expect(accepted).toEqual(['b']);
    expect(refused).toEqual([
      { index: 0, id: 'a', reason: expect.stringMatching(/the body at \.deep\[0\] is NaN/) },
      { index: 2, id: 'b', reason: 'it has the id of request 1, and two of one id are one request' },
      { index: 3, id: '', reason: expect.stringMatching(/its id is "": use text of 1 to 512 characters/) },
      { index: 4, id: 'c', reason: expect.stringMatching(/its tenant is "two words"/) },
      { index: 5, id: 'd', reason: expect.stringMatching(/larger than SQS takes \(1 MiB\)/) },
    ]);
  });

  test('as unknown when its call had no answer: SQS may have taken it', async () => {
    sqs
      .on(SendMessageBatchCommand)
      .rejects(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    const { accepted, refused, unknown } = await connect().submit(numbered(3));
    expect({ accepted, refused }).toEqual({ accepted: [], refused: [] });
    expect(unknown.map(({ id }) => id)).toEqual(['r-0', 'r-1', 'r-2']);
  });

  test.each([
    ['refused, when SQS said no at once', 403, 1, 'refused'],
    ['unknown, when SQS said no to a second try', 403, 2, 'unknown'],
    ['unknown, when SQS failed', 500, 1, 'unknown'],
  ] as const)('%s', async (_, status, attempts, list) => {
    sqs.on(SendMessageBatchCommand).rejects(failure(status, attempts));
    const submitted = await connect().submit(numbered(1));
    expect(submitted).toEqual({
      accepted: [],
      refused: [],
      unknown: [],
      [list]: [{ index: 0, id: 'r-0', reason: expect.stringMatching(/broken/) }],
    });
  });

  test('as refused without a call, after a call that failed', async () => {
    sqs.on(SendMessageBatchCommand).rejects(failure(403, 1));
    const { refused } = await connect().submit(numbered(95));
    expect(refused.map(({ index }) => index)).toEqual(numbered(95).map((_, index) => index));
    expect(refused.at(-1)?.reason).toMatch(/^not sent, an earlier call failed: .*broken/);
    expect(entriesOf()).toHaveLength(4);
  });

  test('in exactly one list, whatever SQS does', async () => {
    const said = fc.constantFrom(undefined, 'fault', 'no', 'nothing', 'throw');
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 45 }), fc.array(said), async (first, later) => {
        sqs.reset();
        const taken = new Set<string>();
        let call = 0;
        sqs.on(SendMessageBatchCommand).callsFake(({ Entries }) => {
          call += 1;
          const outcomeOf = (id: string) => (call <= 3 ? first : later)[Number(id.slice(2))];
          if (Entries.some((entry: never) => outcomeOf(idOf(entry)) === 'throw')) throw failure(undefined, 3);
          const outcomes = Entries.map((entry: { Id: string }) => ({
            Id: entry.Id,
            id: idOf(entry as never),
            outcome: outcomeOf(idOf(entry as never)),
          }));
          const of = (wanted: unknown) =>
            outcomes.filter((one: { outcome: unknown }) => one.outcome === wanted);
          for (const { id } of [...of(undefined)]) taken.add(id);
          return {
            Successful: of(undefined),
            Failed: [
              ...of('fault').map(({ Id }: { Id: string }) => ({ Id, SenderFault: false, Code: 'F' })),
              ...of('no').map(({ Id }: { Id: string }) => ({ Id, SenderFault: true, Code: 'N' })),
            ],
          };
        });
        const requests = numbered(first.length);
        const { accepted, refused, unknown } = await connect().submit(requests);
        const ids = [...accepted, ...refused.map(({ id }) => id), ...unknown.map(({ id }) => id)];
        expect(ids.toSorted()).toEqual(requests.map(({ id }) => id).toSorted());
        expect(new Set(accepted)).toEqual(taken);
      }),
      { numRuns: 60 },
    );
  });
});

test('the queue holds what the client says was accepted, as the reader expects it', async () => {
  sqs.restore();
  const { deployment, requests } = await startQueues();
  const { requestsQueue: requestsQueueUrl } = deployment;
  const client = createClient({ ...WHERE, requestsQueueUrl, sqs: deployment.sqs });
  const { accepted } = await client.submit(numbered(25).map((request) => ({ ...request, tenant: 'acme' })));
  const held = requests.list();
  expect(held.map(({ attributes }) => attributes['id']).toSorted()).toEqual(accepted.toSorted());
  expect(held.map(({ group }) => group)).toEqual(accepted.map(() => 'acme'));
});
