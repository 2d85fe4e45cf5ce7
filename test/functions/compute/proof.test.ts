/** No message is acknowledged unless a receipt or the item proves that it was processed. */

import { describe, expect, test } from 'vitest';
import { controlMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import { RECEIPTS_PER_PAGE } from '../../../functions/limits.ts';
import { emptyMessage } from '../../../functions/pack.ts';
import type { Order, Pipeline } from '../../../functions/pipeline.ts';
import {
  buildCompute,
  buildMessage,
  buildPipeline,
  type ComputeStage,
  deliver,
  stateOf,
} from '../../builders.ts';
import fc from '../../properties.ts';

const TIME_MS = 30_000;
const START = 1_000_000;

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

/** Message n of the key as another queue would number it. */
function numbered(n: number, sequenceNumber: number | bigint, parts = {}): IncomingMessage {
  const since = START + n * 1_000;
  const message = buildMessage({ request: `r${n}`, readings: [n], since, ...parts });
  return { ...message, messageId: `m-${n}`, sequenceNumber: String(sequenceNumber) };
}

/** Appends what is not broken at the time. */
function appending(parts: Partial<Pipeline> = {}, broken: ReadonlySet<unknown> = new Set()): Pipeline {
  return buildPipeline({
    initial: () => [],
    compute: (state, reading) => {
      if (broken.has(reading)) throw new Error('cannot compute it');
      return [...(Array.isArray(state) ? state : []), reading];
    },
    ...parts,
  });
}

async function apply(stage: ComputeStage, all: readonly IncomingMessage[]): Promise<void> {
  for (let at = 0; at < all.length; at += 10)
    expect(await computeBatch(all.slice(at, at + 10), TIME_MS, stage)).toEqual([]);
}

const again = (message: IncomingMessage): IncomingMessage => ({ ...message, receiveCount: 2 });
const cold = ({ pipeline, store }: ComputeStage) => buildCompute({ pipeline, store });
const fell = ({ observations }: ComputeStage) =>
  observations.reduce(
    (sum, seen) => sum + (seen.kind === 'commit' ? (seen.committed?.numbersFell ?? 0) : 0),
    0,
  );

describe('falling sequence numbers', () => {
  test('of a queue that was replaced lose no reading: each is applied, in order, and counted', async () => {
    const stage = buildCompute({ pipeline: appending() });
    await apply(
      stage,
      upTo(130).map((n) => numbered(n, 1_000_000 + n)),
    );
    await apply(
      stage,
      upTo(70).map((n) => numbered(130 + n, n)),
    );
    expect(stateOf(stage.store)).toEqual(upTo(200));
    expect(fell(stage)).toBe(70);
    expect(stage.store.item('k')?.sequenceNumber).toBe('1000130'.padStart(39, '0'));
  });

  test('lose nothing and repeat nothing at any place, whatever is delivered again', async () => {
    const step = fc.record({
      fresh: fc.array(fc.bigInt({ min: 0n, max: 2n ** 127n }), { maxLength: 12 }),
      again: fc.array(fc.nat(), { maxLength: 4 }),
      environment: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const one = buildCompute({ pipeline: appending() });
        const two = cold(one);
        const sent: IncomingMessage[] = [];
        for (const { fresh, again: repeats, environment } of steps) {
          const stage = environment ? one : two;
          const redelivered = repeats.flatMap((at) => sent[at % Math.max(1, sent.length)] ?? []).map(again);
          const batch = fresh.map((number, index) => numbered(sent.length + index + 1, number));
          sent.push(...batch);
          await apply(stage, [...redelivered, ...batch]);
        }
        expect(stateOf(one.store) ?? []).toEqual(upTo(sent.length));
      }),
      { numRuns: 60 },
    );
  });

  test('cost a warm key no call, and a cold key one read of its newest page', async () => {
    const stage = buildCompute({ pipeline: appending() });
    await apply(
      stage,
      upTo(130).map((n) => numbered(n, 1_000_000 + n)),
    );
    const environment = cold(stage);
    stage.store.calls.splice(0);
    await apply(environment, [numbered(131, 1)]);
    await apply(environment, [numbered(132, 2)]);
    expect(stage.store.calls).toEqual(['load k', 'pages k', 'commit k 14', 'commit k 15']);
  });

  test('keep parked messages in the order of arrival, and they are applied in that order', async () => {
    const numbers = [900, 5, 5_000, 7, 6, 900, 1, 4_999, 6_000, 2];
    const stage = buildCompute({ pipeline: appending({ poison: 'stop' }, new Set([2])) });
    await apply(stage, [numbered(1, 1_000)]);
    for (const [index, number] of numbers.entries()) await apply(stage, [numbered(index + 2, number)]);
    expect(stage.store.waiting('k')).toHaveLength(numbers.length);
    for (const [index, number] of numbers.entries())
      await apply(cold(stage), [again(numbered(index + 2, number))]);
    expect(stage.store.waiting('k')).toHaveLength(numbers.length);
    const fixed = buildCompute({ pipeline: appending({ poison: 'stop' }), store: stage.store });
    await apply(fixed, [word(fixed, 'resume', 3)]);
    expect(stateOf(stage.store)).toEqual(upTo(numbers.length + 1));
    expect(stage.store.waiting('k')).toEqual([]);
  });
});

function word({ store }: ComputeStage, kind: 'resume' | 'skip', sequence: number): IncomingMessage {
  const stop = store.item('k')?.stopped ?? { receipt: 'never', index: 0 };
  const said = deliver(controlMessage('k', kind, stop, `operator-${sequence}`), { sequence });
  return { ...said, messageId: `word-${sequence}` };
}

describe('a message that was handled without being applied', () => {
  const order: Order = { by: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'skip' };

  /** What the store holds, but for versions: a redelivery may cost a commit, and changes nothing else. */
  async function unchangedBy(stage: ComputeStage, messages: readonly IncomingMessage[]): Promise<void> {
    const { store } = stage;
    const held = () => [store.item('k'), store.dead(), store.waiting('k')];
    const before = held();
    await apply(stage, messages.map(again));
    await apply(cold(stage), messages.map(again));
    expect(held()).toEqual(before);
  }

  test.each([[0], [RECEIPTS_PER_PAGE + 1]])(
    'is known when it is delivered again, with %d messages after it: its turn had passed',
    async (after) => {
      const stage = buildCompute({ pipeline: appending({ order }) });
      const tombstone = emptyMessage({ id: 'r1', since: START, sequence: 1 }, 'k', 'tombstone');
      await apply(stage, [deliver(tombstone, { sequence: 1 })]);
      const late = numbered(1, 2, { turn: 1 });
      await apply(stage, [late]);
      expect(stage.store.item('k')?.counts).toMatchObject({ applied: 0, dead: 1 });
      await apply(
        stage,
        upTo(after).map((n) => numbered(n + 1, n + 2, { turn: n + 1 })),
      );
      await unchangedBy(stage, [late]);
      // As another message, redriven from the dead-letter queue, it is set aside once more and not dropped.
      await apply(stage, [{ ...late, messageId: 'redriven', sequenceNumber: '9000' }]);
      expect(stage.store.item('k')?.counts).toMatchObject({ dead: 2 });
    },
  );

  test('is known when it is delivered again: of another read than its request’s first message', async () => {
    const stage = buildCompute({ pipeline: appending() });
    const read = (fill: string) => Array.from({ length: 3 }, () => fill.repeat(100_000));
    const first = buildMessage({ sequence: 1, readings: read('a'), chunk: 0 });
    const other = buildMessage({ sequence: 2, readings: read('b'), chunk: 1 });
    await apply(stage, [first, other]);
    const { counts } = stage.store.item('k') ?? {};
    expect(counts?.dead).toBeGreaterThan(0);
    await unchangedBy(stage, [first, other]);
  });

  test('is known when it is delivered again: a single reading that was set aside once more', async () => {
    const stage = buildCompute({ pipeline: appending({}, new Set([2])) });
    await apply(stage, [buildMessage({ sequence: 1, readings: [1, 2, 3] })]);
    const single = buildMessage({ sequence: 2, readings: [1, 2, 3], alone: 1, sentAt: START + 400_000 });
    await apply(stage, [single]);
    expect(stage.store.item('k')?.counts).toMatchObject({ applied: 2, dead: 2 });
    await unchangedBy(stage, [single]);
    const fixed = buildCompute({ pipeline: appending(), store: stage.store });
    await apply(fixed, [{ ...single, messageId: 'redriven', sequenceNumber: '3' }]);
    expect(stateOf(stage.store)).toEqual([1, 3, 2]);
  });

  test('is known when it is delivered again: parked, in either order', async () => {
    const stopped = buildCompute({ pipeline: appending({ poison: 'stop' }, new Set([1])) });
    const inArrival = upTo(5).map((n) => numbered(n, n));
    await apply(stopped, inArrival);
    await unchangedBy(stopped, inArrival);
    const waiting = buildCompute({ pipeline: appending({ order }) });
    const inRequest = upTo(5).map((n) => numbered(n, n, { turn: n + 1 }));
    await apply(waiting, inRequest);
    expect(waiting.store.waiting('k')).toHaveLength(5);
    await unchangedBy(waiting, inRequest);
  });

  test('is known when it is delivered again: an operator’s command has its effect once', async () => {
    const stage = buildCompute({ pipeline: appending({ poison: 'stop' }, new Set([1])) });
    await apply(stage, [numbered(1, 1), numbered(2, 2)]);
    const resume = word(stage, 'resume', 3);
    await apply(stage, [resume]);
    const calls: unknown[] = [];
    const counting = buildCompute({
      pipeline: appending({ poison: 'stop', compute: (_, reading) => calls.push(reading) }),
      store: stage.store,
    });
    await apply(counting, [again(resume)]);
    expect(calls).toEqual([]);
    expect(stage.store.item('k')?.stopped).toMatchObject({ index: 0 });
  });
});

describe('an item and receipt pages that do not match:', () => {
  const failures = ({ observations }: ComputeStage) =>
    observations.flatMap((seen) => (seen.kind === 'failure' ? [seen.reason] : []));
  /** The same request, sent again six minutes later. */
  const sentAgain = (n: number, sequence: number) => {
    const message = numbered(n, sequence);
    return { ...message, messageId: `again-${n}`, sentAt: message.sentAt + 400_000 };
  };

  test('receipts of pages that are newer than their item prove nothing: messages that the item does not hold are applied', async () => {
    const stage = buildCompute({ pipeline: appending() });
    await apply(
      stage,
      upTo(60).map((n) => numbered(n, n)),
    );
    const backup = stage.store.item('k');
    await apply(
      stage,
      upTo(140).map((n) => numbered(60 + n, 60 + n)),
    );
    if (backup === undefined) throw new Error('no item');
    stage.store.put(backup);
    const restored = cold(stage);
    // Their receipts lie in pages 2 and 3 of the course that was given up.
    const lost = upTo(5).map((n) => sentAgain(60 + n, 1_000 + n));
    await apply(restored, [...lost, sentAgain(1, 1_006)]);
    expect(stateOf(stage.store)).toEqual(upTo(65));
  });

  test('a page that is newer than its item is not overwritten: the key waits, with a reason, until the page is removed', async () => {
    const stage = buildCompute({ pipeline: appending() });
    await apply(
      stage,
      upTo(40).map((n) => numbered(n, n)),
    );
    const backup = stage.store.item('k');
    await apply(
      stage,
      upTo(60).map((n) => numbered(40 + n, 40 + n)),
    );
    if (backup === undefined) throw new Error('no item');
    stage.store.put(backup);
    const restored = cold(stage);
    await apply(
      restored,
      upTo(10).map((n) => numbered(200 + n, 200 + n)),
    );
    const next = numbered(211, 211);
    expect(await computeBatch([next], TIME_MS, restored)).toEqual([next.messageId]);
    expect(failures(restored)).toEqual([
      expect.stringMatching(
        /^GiveBackError: page 1 of the receipts of this key is in the table already.*older/,
      ),
    ]);
    stage.store.takePages('k', backup.pages);
    await apply(restored, [next]);
    expect(stateOf(stage.store)).toEqual([...upTo(40), ...upTo(11).map((n) => 200 + n)]);
  });

  test('an item without its pages returns messages that only the pages could prove, with a reason, until the pages are back', async () => {
    const stage = buildCompute({ pipeline: appending() });
    await apply(
      stage,
      upTo(170).map((n) => numbered(n, n)),
    );
    const pages = stage.store.takePages('k', 0);
    expect(pages.length).toBeGreaterThan(2);
    const repeat = sentAgain(20, 1_000);
    const redelivered = again(numbered(145, 145));
    for (const message of [repeat, redelivered]) {
      const environment = cold(stage);
      expect(await computeBatch([message], TIME_MS, environment)).toEqual([message.messageId]);
      expect(failures(environment)).toEqual([
        expect.stringMatching(
          /^GiveBackError: page 3 of the receipts of this key is not in the table.*without its pages/,
        ),
      ]);
    }
    // One page of them is not enough, and what needs none goes on.
    for (const page of pages.filter(({ page }) => page !== 2)) stage.store.putPage(page);
    expect(await computeBatch([repeat], TIME_MS, cold(stage))).toEqual([repeat.messageId]);
    await apply(cold(stage), [numbered(171, 1_001), redelivered]);
    for (const page of pages) stage.store.putPage(page);
    await apply(cold(stage), [repeat]);
    expect(stateOf(stage.store)).toEqual(upTo(171));
  });

  test('a page that the table let expire is not missed', async () => {
    const DAY = 86_400_000;
    const stage = buildCompute({ pipeline: appending() });
    const old = upTo(60).map((n) => numbered(n, n));
    await apply(stage, old);
    stage.store.takePages('k', 0);
    const sentAt = START + 80 * DAY;
    const late = { ...numbered(61, 61, { since: sentAt - DAY }), sentAt };
    await apply(cold(stage), [late, { ...sentAgain(62, 62), sentAt }]);
    expect(stateOf(stage.store)).toEqual(upTo(62));
  });
});
