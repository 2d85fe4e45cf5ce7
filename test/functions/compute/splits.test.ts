/** The boundaries of batches, messages and commits must not affect the result. */

import { describe, expect, test } from 'vitest';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import type { Commit, CommitResult } from '../../../functions/state-store.ts';
import { buildCompute, buildMessage, buildPipeline, digest } from '../../builders.ts';
import { createInstantClock, type TestClock } from '../../clocks.ts';
import { createMemoryStore, type MemoryStore } from '../../memory-store.ts';
import fc from '../../properties.ts';

interface Reading {
  readonly value: number;
  readonly poison: 'none' | 'throws' | 'returns nothing' | 'spoils the state and throws';
  readonly emits: number;
  readonly skips: boolean;
  readonly spendsMs: number;
}

/** Order-revealing, changes its state in place, and fails in several ways. */
function buildHostile(clock: TestClock, commitAfterMs: number): Pipeline {
  const pipeline = buildPipeline();
  return {
    ...pipeline,
    initial: () => ({ hash: '', list: [] }),
    compute: (state, value, { emit, skip }) => {
      const reading = value as Reading;
      const mutable = state as { hash: string; list: number[] };
      clock.spend(reading.spendsMs);
      for (let n = 0; n < reading.emits; n += 1) emit({ value: reading.value, n });
      if (reading.poison === 'spoils the state and throws') mutable.list.push(-1);
      if (reading.poison === 'returns nothing') return undefined;
      if (reading.poison !== 'none') throw new Error(reading.poison);
      if (reading.skips) skip('not counted');
      mutable.hash = digest(`${mutable.hash}/${reading.value}`);
      mutable.list.push(reading.value);
      return mutable;
    },
    limits: { ...pipeline.limits, commitAfterMs },
  };
}

const reading = fc.record<Reading>({
  value: fc.nat(999),
  poison: fc.oneof(
    { weight: 6, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom('throws' as const, 'returns nothing' as const) },
    { weight: 1, arbitrary: fc.constant('spoils the state and throws' as const) },
  ),
  emits: fc.nat(2),
  skips: fc.boolean(),
  spendsMs: fc.constantFrom(0, 0, 30, 70, 200),
});
const messages = fc.array(fc.array(reading, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 });

function buildBatch(all: readonly (readonly Reading[])[]): IncomingMessage[] {
  return all.map((readings, n) => buildMessage({ sequence: n + 1, request: `r${n}`, readings }));
}

/** What the outside can see: the state, the counts, every output in order, everything set aside. */
function outcome(store: MemoryStore) {
  const item = store.item('k');
  return {
    state: item?.state,
    counts: item?.counts,
    outputs: store.commits.flatMap(({ next }) => next.outputs),
    dead: store
      .dead()
      .map(({ body }) => decodeMessage(body))
      .map(({ request, index }) => `${request}/${index}`)
      .sort(),
  };
}

/** The specification: each reading by itself, on the state as text. */
async function oneByOne(all: readonly (readonly Reading[])[]) {
  const clock = createInstantClock(1_000_000);
  const stage = buildCompute({ clock, pipeline: buildHostile(clock, 0) });
  for (const message of buildBatch(all)) {
    expect(await computeBatch([message], 1_000_000, { ...stage })).toEqual([]);
  }
  return outcome(stage.store);
}

describe('the fold of a batch', () => {
  test('equals one reading after the other, however batches and commits are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        messages,
        fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1 }),
        fc.constantFrom(0, 50, 100, 1_000_000),
        async (all, cuts, commitAfterMs) => {
          const clock = createInstantClock(1_000_000);
          const stage = buildCompute({ clock, pipeline: buildHostile(clock, commitAfterMs) });
          const batch = buildBatch(all);
          for (let at = 0, cut = 0; at < batch.length; cut += 1) {
            const size = cuts[cut % cuts.length] ?? 1;
            expect(await computeBatch(batch.slice(at, at + size), 1_000_000, stage)).toEqual([]);
            at += size;
          }
          expect(outcome(stage.store)).toEqual(await oneByOne(all));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('equals it under redelivery, conflicts, lost answers and functions that end at any commit', async () => {
    type Mishap = 'none' | 'refused' | 'answer lost' | 'sdk repeats it' | 'other environment';
    const mishaps = fc.array(
      fc.constantFrom<Mishap>(
        'none',
        'none',
        'refused',
        'answer lost',
        'sdk repeats it',
        'other environment',
      ),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(messages, mishaps, async (all, plan) => {
        const clock = createInstantClock(1_000_000);
        const memory = createMemoryStore();
        const pipeline = buildHostile(clock, 100);
        const left = [...plan];
        const commit = async (one: Commit): Promise<CommitResult> => {
          const mishap = left.shift() ?? 'none';
          if (mishap === 'refused') throw new Error('throttled');
          const result = await memory.commit(one);
          if (mishap === 'answer lost') throw new Error('timed out');
          return mishap === 'sdk repeats it' ? memory.commit(one) : result;
        };
        const environments = [0, 1].map((seed) =>
          buildCompute({ clock, pipeline, store: { ...memory, commit }, random: () => seed / 2 }),
        );
        let rest = buildBatch(all);
        for (let turn = 0; rest.length > 0; turn += 1) {
          const stage = environments[left[0] === 'other environment' ? 1 : turn % 2];
          if (stage === undefined) throw new Error('two environments');
          const back = new Set(await computeBatch(rest.slice(0, 10), 1_000_000, stage));
          rest = rest.filter(({ messageId }, n) => n >= 10 || back.has(messageId));
          rest = rest.map((message) => ({ ...message, receiveCount: message.receiveCount + 1 }));
        }
        expect(outcome(memory)).toEqual(await oneByOne(all));
      }),
      { numRuns: 100 },
    );
  });
});
