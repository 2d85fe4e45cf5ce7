import { describe, expect, test } from 'vitest';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { identityOf } from '../../../functions/requests.ts';
import {
  buildCompute,
  buildIncoming,
  buildMessage,
  buildPipeline,
  type ComputeStage,
  stateOf,
} from '../../builders.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FIRST_AT = 1_000_000_000;
/** A slow read: its reading is sent later than its request, and the receipt is as old as the reading. */
const READ_MS = 20 * MINUTE;

const pipeline = buildPipeline({ limits: { ...buildPipeline().limits, resubmitWithinMs: HOUR } });

/** The reading of a request under the id "chosen", which SQS took at that time. */
function readingOf(submittedAt: number, sequence: number, attributes = {}) {
  const submitted = buildIncoming({ sentAt: submittedAt, attributes: { id: 'chosen', ...attributes } });
  const { id, since } = identityOf(submitted, {}, pipeline);
  return buildMessage({ request: id, since, readings: ['chosen'], sequence, sentAt: submittedAt + READ_MS });
}

/** The request is read and its reading applied; then others come, so that its receipt leaves the item for a page. */
async function submitFirst(): Promise<ComputeStage> {
  const stage = buildCompute({ pipeline });
  const others = Array.from({ length: 120 }, (_, n) =>
    buildMessage({
      request: `other-${n}`,
      sequence: n + 2,
      sentAt: FIRST_AT + READ_MS,
      since: FIRST_AT + READ_MS,
    }),
  );
  const all = [readingOf(FIRST_AT, 1), ...others];
  for (let at = 0; at < all.length; at += 10) await computeBatch(all.slice(at, at + 10), 30_000, stage);
  expect(stage.store.item('k')?.pages).toBeGreaterThan(1);
  return stage;
}

async function effectsAfter(again: ReturnType<typeof readingOf>): Promise<number> {
  const stage = await submitFirst();
  expect(await computeBatch([again], 30_000, stage)).toEqual([]);
  const { seen } = Object(stateOf(stage.store));
  return seen.filter((reading: unknown) => reading === 'chosen').length;
}

describe('a request id', () => {
  test('may be used again until resubmitWithinMs after SQS took the first request of it', async () => {
    expect(await effectsAfter(readingOf(FIRST_AT + HOUR, 1_000))).toBe(1);
  });

  test('counts from when SQS took both requests, however long the second waits in queues', async () => {
    const since = String(FIRST_AT); // What the dead-letter queue kept of it.
    expect(await effectsAfter(readingOf(FIRST_AT + 13 * 24 * HOUR, 1_000, { since }))).toBe(1);
  });

  test('counts as another request when it arrives later than that', async () => {
    const margin = MINUTE;
    expect(await effectsAfter(readingOf(FIRST_AT + READ_MS + HOUR + margin, 1_000))).toBe(2);
  });
});
