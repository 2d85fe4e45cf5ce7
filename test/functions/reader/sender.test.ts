import { describe, expect, test } from 'vitest';
import { SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../../../functions/limits.ts';
import { createSender } from '../../../functions/reader/sender.ts';
import type { EncodedMessage } from '../../../functions/readings.ts';
import { createRandom, createRecordingOutbox, type Refuse } from '../../builders.ts';
import { createManualClock } from '../../clocks.ts';
import fc from '../../properties.ts';

function build(lingerMs: number, refuse?: Refuse) {
  const clock = createManualClock();
  const outbox = createRecordingOutbox(refuse);
  return { clock, outbox, send: createSender({ outbox, clock, random: createRandom() }, lingerMs) };
}

const message = (n: number, body = `body ${n}`): EncodedMessage => ({
  key: 'k',
  body,
  group: 'k',
  deduplicationId: `id-${n}`,
  readings: 1,
});
const bodies = (messages: readonly { body: string }[]) => messages.map(({ body }) => body);

describe('the lingering sender', () => {
  test('waits its few milliseconds for others, then sends them in one call', async () => {
    const { clock, outbox, send } = build(10);
    const sent = [send(message(1)), send(message(2))];
    await clock.advance(9);
    expect(outbox.calls).toHaveLength(0);
    sent.push(send(message(3)));
    await clock.advance(1);
    await Promise.all(sent);
    expect(outbox.calls.map(bodies)).toEqual([['body 1', 'body 2', 'body 3']]);
    const later = send(message(4));
    await clock.advance(10);
    await later;
    expect(outbox.calls).toHaveLength(2);
  });

  test('does not wait if it has ten messages, or a linger of 0', async () => {
    const full = build(10);
    await Promise.all(Array.from({ length: SQS_BATCH_ENTRIES_MAX }, (_, n) => full.send(message(n))));
    expect(full.outbox.calls).toHaveLength(1);
    const eager = build(0);
    await Promise.all([eager.send(message(1)), eager.send(message(2))]);
    expect(eager.outbox.calls).toHaveLength(2);
  });

  test('never puts more into a call than SQS accepts, counted in bytes', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 80_000 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom('x', '\u20AC', '\u{1F4A7}'), async (lengths, unit) => {
        const { clock, outbox, send } = build(10);
        const all = lengths.map((length, n) => send(message(n, unit.repeat(length))));
        await clock.advance(10);
        await Promise.all(all);
        for (const call of outbox.calls) {
          expect(call.length).toBeLessThanOrEqual(SQS_BATCH_ENTRIES_MAX);
          const bytes = bodies(call).reduce((sum, body) => sum + Buffer.byteLength(body), 0);
          expect(bytes).toBeLessThanOrEqual(SQS_BATCH_BYTES_MAX);
        }
        expect(bodies(outbox.taken).map((body) => body.length / unit.length)).toEqual(lengths);
      }),
      { numRuns: 15 },
    );
  });

  test('sends again only the messages that SQS refused', async () => {
    const { clock, outbox, send } = build(10, ({ body }, call) =>
      body === 'body 2' && call < 3 ? { reason: 'InternalError', retriable: true } : undefined,
    );
    const sent = Promise.all([1, 2, 3].map((n) => send(message(n))));
    await clock.advance(10_000);
    await sent;
    expect(outbox.calls.map(bodies)).toEqual([['body 1', 'body 2', 'body 3'], ['body 2'], ['body 2']]);
  });

  test('counts no message as sent that SQS refuses, and gives up in bounded time', async () => {
    const never = build(0, () => ({ reason: 'InternalError', retriable: true }));
    const failed = expect(never.send(message(1))).rejects.toThrow(
      'SQS refused a message of readings: InternalError',
    );
    await never.clock.advance(10_000);
    await failed;
    const invalid = build(0, () => ({ reason: 'InvalidMessageContents', retriable: false }));
    await expect(invalid.send(message(1))).rejects.toThrow('InvalidMessageContents');
    expect(invalid.outbox.calls).toHaveLength(1);
  });

  test('sends again under the same id if there was no answer, so no message has its effect twice', async () => {
    const { clock, outbox, send } = build(0, (_, call) => {
      if (call === 1) throw new Error('socket hang up');
      return undefined;
    });
    const sent = send(message(1));
    await clock.advance(1_000);
    await sent;
    expect(outbox.calls.flat().map(({ deduplicationId }) => deduplicationId)).toEqual(['id-1', 'id-1']);
  });

  test('fails only the messages that failed, not the others of the call', async () => {
    const { clock, send } = build(10, ({ body }) =>
      body === 'body 1' ? { reason: 'InvalidMessageContents', retriable: false } : undefined,
    );
    const results = Promise.allSettled([send(message(1)), send(message(2))]);
    await clock.advance(10);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
