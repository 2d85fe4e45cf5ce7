import { describe, expect, test } from 'vitest';
import { watchMadeRequests } from '../../local/made-requests.ts';

const queues = [
  { id: 'RequestsQueue', name: 'p-requests' },
  { id: 'BackfillQueue', name: 'p-backfill' },
  { id: 'ReadingsQueue', name: 'p-readings.fifo' },
];
const OK = { status: 200, headers: {}, body: '' };
const attributes = (id: string) => ({ id: { DataType: 'String', StringValue: id } });

function call(queue: string, ...ids: string[]) {
  const Entries = ids.map((id) => ({ Id: id, MessageBody: '{}', MessageAttributes: attributes(id) }));
  const body = Buffer.from(JSON.stringify({ QueueUrl: `http://127.0.0.1:1/000000000000/${queue}`, Entries }));
  return { functionName: 'Reader', service: 'SQS', operation: 'SendMessageBatch', body } as const;
}

describe('requests that a run makes itself', () => {
  test('count in their lane, each id once, however often it is sent', () => {
    const made = watchMadeRequests(queues);
    made.called(call('p-requests', 'a', 'b'), OK);
    made.called(call('p-requests', 'b', 'c'), OK);
    made.called(call('p-backfill', 'd'), OK);
    made.sent('p-requests', { body: '{}', attributes: { id: 'every/1' } });
    expect(made.count).toEqual({ live: 4, backfill: 1 });
  });

  test('do not count where they are those of the file, readings, or were refused', () => {
    const made = watchMadeRequests(queues);
    made.given({ body: '{}', attributes: { id: 'a' } });
    made.called(call('p-requests', 'a'), OK);
    made.called(call('p-readings.fifo', 'r'), OK);
    made.called(call('p-requests', 'b'), { ...OK, status: 400 });
    made.sent('p-readings.fifo', { body: '{}', attributes: { id: 'wake' } });
    expect(made.count).toEqual({ live: 0, backfill: 0 });
  });
});
