import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../functions/pipeline.ts';
import type { OutgoingMessage, SendFailure } from '../../../functions/ports.ts';
import { NO_SUBMIT } from '../../../functions/submits.ts';
import { sendResults } from '../../../pipelines/clicks/results.ts';

const context = { signal: new AbortController().signal };

const deliveries = (count: number): Delivery<unknown>[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `/blog/7/${index}`,
    key: '/blog',
    version: 7,
    output: { key: '/blog', clicks: 1_000 * (index + 1) },
    submit: NO_SUBMIT,
  }));

function recordingOutbox(failure?: SendFailure) {
  const calls: (readonly OutgoingMessage[])[] = [];
  const sendBatch = async (messages: readonly OutgoingMessage[]) => {
    calls.push(messages);
    return messages.map((_message, index) => (index === 1 ? failure : undefined));
  };
  return { calls, sendBatch };
}

describe('outputs on their way to the results queue', () => {
  test('carry their ids, so that a repeat can be told', async () => {
    const outbox = recordingOutbox();
    await sendResults(deliveries(1), outbox, context);
    expect(outbox.calls).toEqual([
      [{ body: '{"key":"/blog","clicks":1000}', attributes: { id: '/blog/7/0' } }],
    ]);
  });

  test('go in calls of ten at most, in order, none left out', async () => {
    const outbox = recordingOutbox();
    await sendResults(deliveries(23), outbox, context);
    expect(outbox.calls.map((messages) => messages.length)).toEqual([10, 10, 3]);
    expect(outbox.calls.flat().map((message) => message.attributes?.['id'])).toEqual(
      deliveries(23).map(({ id }) => id),
    );
  });

  test('are delivered again when one of them was not taken', async () => {
    const outbox = recordingOutbox({ reason: 'InternalError', retriable: true });
    await expect(sendResults(deliveries(2), outbox, context)).rejects.toThrow('InternalError');
  });

  test('stop at the abort', async () => {
    const outbox = recordingOutbox();
    await expect(sendResults(deliveries(1), outbox, { signal: AbortSignal.abort() })).rejects.toThrow(
      'abort',
    );
    expect(outbox.calls).toEqual([]);
  });
});
