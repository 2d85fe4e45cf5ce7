import { describe, expect, test } from 'vitest';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import { DEDUPLICATION_WINDOW_MS, RECEIPTS_PER_PAGE } from '../../../functions/limits.ts';
import { receiptOf } from '../../../functions/message-ids.ts';
import { buildCompute, buildMessage, buildPipeline, type ComputeStage, stateOf } from '../../builders.ts';
import fc from '../../properties.ts';

const TIME_MS = 30_000;
const START = 1_000_000;
const MINUTE = 60_000;

/** Messages `from` to `to`, one reading each, a second apart. */
function messages(from: number, to: number, parts = {}): IncomingMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const n = from + index;
    const since = START + n * 1_000;
    return buildMessage({ sequence: n, request: `r${n}`, readings: [n], since, ...parts });
  });
}

/** The same request sent again later: the same body, a new message to SQS. */
function sentAgain(message: IncomingMessage, sequence: number, laterMs = 6 * MINUTE): IncomingMessage {
  return {
    ...message,
    messageId: `again-${sequence}`,
    sequenceNumber: String(sequence),
    sentAt: message.sentAt + laterMs,
  };
}

async function apply(stage: ComputeStage, all: readonly IncomingMessage[]): Promise<void> {
  for (let at = 0; at < all.length; at += 10) {
    expect(await computeBatch(all.slice(at, at + 10), TIME_MS, stage)).toEqual([]);
  }
}

const seen = (stage: ComputeStage) => stateOf(stage.store);
const upTo = (n: number) => ({ seen: Array.from({ length: n }, (_, index) => index + 1) });
const pageReads = (stage: ComputeStage) => stage.store.calls.filter((call) => call.startsWith('pages'));

describe('of a message that was applied,', () => {
  test('a redelivered message has no second effect', async () => {
    const stage = buildCompute();
    const batch = messages(1, 3);
    await apply(stage, batch);
    await apply(
      stage,
      batch.map((message) => ({ ...message, receiveCount: 2 })),
    );
    await apply(buildCompute({ store: stage.store }), batch);
    expect(seen(stage)).toMatchObject(upTo(3));
    expect(stage.store.item('k')).toMatchObject({ version: 1 });
  });

  test('a redelivered message whose receipt has moved to a page is looked up there, once', async () => {
    const stage = buildCompute();
    const batch = messages(1, 120);
    await apply(stage, batch);
    await apply(stage, batch.slice(0, 10));
    expect(seen(stage)).toMatchObject(upTo(120));
    expect(pageReads(stage)).toHaveLength(1);
  });

  test('sequence numbers are compared as the numbers they are, whatever their length', async () => {
    const stage = buildCompute();
    const [a, b] = messages(1, 2);
    if (a === undefined || b === undefined) throw new Error('two messages');
    await apply(stage, [{ ...a, sequenceNumber: '99' }]);
    await apply(stage, [{ ...b, sequenceNumber: '340282366920938463463374607431768211455' }]);
    expect(seen(stage)).toMatchObject(upTo(2));
  });

  test('a repeat whose receipt is in the item has no second effect, and costs no read', async () => {
    const stage = buildCompute();
    const batch = messages(1, 5);
    await apply(stage, batch);
    await apply(
      stage,
      batch.map((message, index) => sentAgain(message, 10 + index)),
    );
    expect(seen(stage)).toMatchObject(upTo(5));
    expect(pageReads(stage)).toEqual([]);
  });

  test('a repeat whose receipt has moved to a page has no second effect', async () => {
    const all = messages(1, 3 * RECEIPTS_PER_PAGE);
    for (const early of [0, RECEIPTS_PER_PAGE - 1, RECEIPTS_PER_PAGE, 2 * RECEIPTS_PER_PAGE - 1]) {
      const stage = buildCompute();
      await apply(stage, all);
      expect(stage.store.item('k')?.pages).toBe(2);
      const message = all[early];
      if (message === undefined) throw new Error('no such message');
      await apply(buildCompute({ store: stage.store }), [sentAgain(message, 1_000)]);
      expect(seen(stage)).toMatchObject(upTo(all.length));
    }
  });

  test('a repeat in the same batch as its first message has no second effect', async () => {
    const stage = buildCompute();
    const [message] = messages(1, 1);
    if (message === undefined) throw new Error('one message');
    await apply(stage, [message, sentAgain(message, 2)]);
    expect(seen(stage)).toMatchObject(upTo(1));
    expect(stage.store.item('k')?.receipts).toHaveLength(1);
  });

  test('a repeat with other readings changes nothing: the first that was committed counts', async () => {
    const stage = buildCompute();
    await apply(stage, [buildMessage({ sequence: 1, request: 'r', readings: ['first'] })]);
    const again = buildMessage({ sequence: 2, request: 'r', readings: ['second', 'third'] });
    await apply(stage, [{ ...again, sentAt: again.sentAt + 6 * MINUTE }]);
    expect(seen(stage)).toMatchObject({ seen: ['first'] });
  });
});

describe('the cost of looking up receipts:', () => {
  test('is paid only by messages that were sent about five minutes or more after their request', async () => {
    const stage = buildCompute();
    const young = DEDUPLICATION_WINDOW_MS - 31_000;
    const all = messages(1, 200).map((message) => ({ ...message, sentAt: message.sentAt + young }));
    await apply(stage, all);
    expect(stage.store.item('k')?.pages).toBeGreaterThan(2);
    expect(pageReads(stage)).toEqual([]);
    const cold = buildCompute({ store: stage.store });
    await apply(cold, [sentAgain(messages(201, 201)[0] ?? buildMessage(), 201, young + 2_000)]);
    expect(pageReads(stage)).toHaveLength(1);
  });

  test('a key with many suspected repeats reads its pages once', async () => {
    const stage = buildCompute();
    await apply(stage, messages(1, 120));
    const late = messages(121, 300).map((message) => sentAgain(message, Number(message.sequenceNumber)));
    await apply(stage, late);
    expect(seen(stage)).toMatchObject(upTo(300));
    expect(pageReads(stage)).toHaveLength(1);
    const repeats = late.map((message, index) => sentAgain(message, 1_000 + index));
    await apply(stage, repeats);
    expect(seen(stage)).toMatchObject(upTo(300));
  });

  test('pages that another environment wrote are read back to the oldest suspected repeat so far', async () => {
    const stage = buildCompute();
    await apply(stage, messages(1, 60));
    // An old request first: what is looked up for it stays at hand.
    await apply(stage, messages(61, 61, { since: START, sentAt: START + 5 * MINUTE }));
    const all = messages(62, 259);
    await apply(buildCompute({ store: stage.store }), all);
    // Then a young one, which alone would need the newest page only.
    await apply(stage, messages(260, 260, { since: START + 8 * MINUTE, sentAt: START + 20 * MINUTE }));
    const late = [62, 110, 160, 210].map((n) => sentAgain(all[n - 62] ?? buildMessage(), 1_000 + n));
    await apply(stage, late);
    expect(seen(stage)).toMatchObject(upTo(260));
  });

  test('a reading that seems older than its request, by the clocks of two SQS hosts, is still looked up', async () => {
    const stage = buildCompute();
    const skewed = messages(1, 60).map((message) => ({ ...message, sentAt: message.sentAt - 70_000 }));
    const [first] = skewed;
    if (first === undefined) throw new Error('messages');
    await apply(
      stage,
      skewed.map((message) => ({ ...message, sentAt: first.sentAt + 50_000 })),
    );
    await apply(stage, [sentAgain({ ...first, sentAt: START }, 1_000)]);
    expect(seen(stage)).toMatchObject(upTo(60));
  });
});

describe('receipts pages', () => {
  test('hold every receipt of the key exactly once, together with the item', async () => {
    const stage = buildCompute();
    const all = messages(1, 333);
    await apply(stage, all);
    const item = stage.store.item('k');
    if (item === undefined) throw new Error('no item');
    const pages = await stage.store.pages('k', item.lineage, { after: 0, upTo: item.pages, since: 0 });
    const kept = [...pages.reverse().flatMap((page) => page.receipts), ...item.receipts];
    expect(kept).toEqual(all.map(({ body }) => receiptOf(decodeMessage(body))));
    expect(pages.length).toBeLessThanOrEqual(all.length * 0.02);
  });

  test('two environments that race for a page write the same one, whoever wins', async () => {
    const stage = buildCompute();
    await apply(stage, messages(1, RECEIPTS_PER_PAGE));
    const item = stage.store.item('k');
    const page = async (batch: IncomingMessage[]) => {
      const racer = buildCompute();
      if (item !== undefined) racer.store.put(item);
      await apply(racer, batch);
      return racer.store.pages('k', item?.lineage ?? '', { after: 0, upTo: 9, since: 0 });
    };
    const one = await page(messages(51, 53));
    expect(one).toHaveLength(1);
    expect(await page(messages(51, 60))).toEqual(one);
  });

  test('any mix of repeats, redeliveries and two environments applies each message once, in order', async () => {
    const step = fc.record({
      fresh: fc.integer({ min: 0, max: 12 }),
      again: fc.array(fc.nat(), { maxLength: 4 }),
      environment: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const one = buildCompute();
        const two = buildCompute({ store: one.store });
        const sent: IncomingMessage[] = [];
        let sequence = 0;
        for (const { fresh, again, environment } of steps) {
          const batch: IncomingMessage[] = [];
          for (let n = 0; n < fresh; n += 1) {
            sequence += 1;
            const since = START + sequence * 1_000;
            const message = buildMessage({
              sequence,
              request: `r${sent.length + 1}`,
              readings: [sent.length + 1],
              since,
            });
            sent.push(message);
            batch.push(message);
          }
          for (const index of again) {
            const message = sent[index % Math.max(1, sent.length)];
            if (message === undefined) continue;
            sequence += 1;
            batch.push(sentAgain(message, sequence, 10 * MINUTE));
          }
          await apply(environment ? one : two, batch);
        }
        if (sent.length > 0) expect(seen(one)).toMatchObject(upTo(sent.length));
      }),
      { numRuns: 40 },
    );
  });
});

describe('ids that are names of object properties:', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])(
    'a request and a key called %j are like any other',
    async (name) => {
      const stage = buildCompute();
      const key = name === '' ? '\u{1F4A7}' : name;
      const message = buildMessage({ key, request: name, readings: [1] });
      await apply(stage, [message]);
      await apply(buildCompute({ store: stage.store }), [message, sentAgain(message, 2)]);
      expect(stateOf(stage.store, key)).toMatchObject({ seen: [1] });
    },
  );
});

describe('a reading that was set aside', () => {
  const bad = (faulty: boolean) =>
    buildPipeline({
      initial: () => [],
      compute: (state, reading) => {
        if (faulty && reading === 2) throw new Error('cannot compute 2');
        return [...(Array.isArray(state) ? state : []), reading];
      },
    });

  test('comes back from the dead-letter queue and is applied once, however often it arrives', async () => {
    const stage = buildCompute({ pipeline: bad(true) });
    await apply(stage, [buildMessage({ sequence: 1, readings: [1, 2, 3] })]);
    const fixed = buildCompute({ pipeline: bad(false), store: stage.store });
    const back = (sequence: number) =>
      sentAgain(buildMessage({ readings: [1, 2, 3], alone: 1 }), sequence, 24 * 60 * MINUTE);
    await apply(fixed, [back(2), back(3)]);
    await apply(fixed, [back(4)]);
    expect(seen(stage)).toEqual([1, 3, 2]);
  });

  test('is set aside again, not lost, when it comes back too early', async () => {
    const stage = buildCompute({ pipeline: bad(true) });
    await apply(stage, [buildMessage({ sequence: 1, readings: [1, 2, 3] })]);
    const back = (sequence: number) =>
      sentAgain(buildMessage({ readings: [1, 2, 3], alone: 1 }), sequence, 6 * MINUTE);
    await apply(stage, [back(2)]);
    await apply(stage, [{ ...back(2), receiveCount: 2 }]);
    expect(stage.store.item('k')?.counts).toEqual({ applied: 2, skipped: 0, dead: 2 });
    // A new id each time: SQS would drop the dead letter, and the stream see no change, under the old one.
    expect(new Set(stage.store.dead().map(({ id }) => id)).size).toBe(2);
    expect(new Set(stage.store.dead().map(({ body }) => body)).size).toBe(1);
    await apply(buildCompute({ pipeline: bad(false), store: stage.store }), [back(3)]);
    expect(seen(stage)).toEqual([1, 3, 2]);
  });
});
