import { describe, expect, test } from 'vitest';
import { expectSound, simulate } from 'weir-pipelines/testing';
import { listOf } from '../../functions/given.ts';
import type { ComputeContext } from '../../functions/pipeline.ts';
import { type Booking, bookings, bookingsInTurn, someRequests, totals } from './pipelines.ts';

interface Sum {
  sum: number;
}

/** Changes its state in place and emits, even where it finds that it cannot compute what it was given. */
const choosy = {
  initial: (): Sum => ({ sum: 0 }),
  compute(state: Sum, { amount }: Booking, { emit }: ComputeContext<number>): Sum {
    state.sum += amount;
    emit(state.sum);
    if (amount === 4) throw new Error('four is not booked');
    return state;
  },
};

const history = {
  initial: (): number[] => [],
  compute: (state: number[], { amount }: { amount: number }) => [...state, amount],
};

describe('a sound pipeline passes, whatever fails', () => {
  test('readings that come one after the other, from the pipeline or from the test', async () => {
    const requests = someRequests();
    const { states } = await expectSound(totals, { requests, seeds: 2 });
    async function* read(request: unknown) {
      const signal = new AbortController().signal;
      yield* await listOf(
        await totals.read(request, { signal, id: '', attempt: 1, secrets: {}, submit: () => {} }),
      );
    }
    const streamed = await expectSound({ ...totals, read }, { requests, seeds: 2 });
    expect(streamed.states).toEqual(states);
    expect((await expectSound(totals, { requests, read, seeds: 2 })).states).toEqual(states);
  });

  test('totals with outputs, whose states and outputs are handed over', async () => {
    const { problems, notices, states, outputs, simulation } = await expectSound(totals, {
      requests: someRequests(),
      seeds: 15,
    });
    expect([...problems, ...notices, ...simulation.problems]).toEqual([]);
    expect(states.get('a')).toEqual({ count: 20, sum: 110 });
    expect(outputs.get('a')?.at(-1)).toEqual({ count: 18, sum: 93 });
    expect(simulation).toMatchObject({ seeds: 15, requests: 450, readings: 900, applied: 900, keys: 3 });
    // Without faults it would show nothing.
    const { crashBeforeCall = 0, lostAnswer = 0, requestRepeated = 0 } = simulation.faults;
    expect(Math.min(crashBeforeCall, lostAnswer, requestRepeated)).toBeGreaterThan(0);
  });

  test.each([
    ['arrival order, poison set aside', bookings({ ...choosy, poison: 'quarantine' })],
    ['arrival order, keys that stop', bookings({ ...choosy, poison: 'stop' })],
    ['request order, poison set aside', bookingsInTurn({ ...choosy, poison: 'quarantine' })],
    ['request order, keys that stop', bookingsInTurn({ ...choosy, poison: 'stop', gap: 'wait' })],
    [
      'request order with time-outs, which are not played',
      bookingsInTurn({
        ...choosy,
        gap: { skipAfter: '1 minute' },
        startsAt: { firstAfter: '1 minute' },
        follows: ({ turn }) => turn - 1,
      }),
    ],
  ])('%s', async (_name, pipeline) => {
    const report = await expectSound(pipeline, {
      requests: someRequests(),
      seeds: 6,
      poison: 'allowed' as const,
    });
    expect(report.notices.map(({ kind }) => kind)).toContain('poison');
    expect(report.simulation.applied).toBe(6 * (60 - 6));
  });

  test('one that depends on order, in request order: the states are those of the plain fold', async () => {
    const { notices } = await expectSound(bookingsInTurn(history), { requests: someRequests(), seeds: 6 });
    expect(notices.map(({ kind }) => kind)).toEqual(['state grows']);
  });

  test('more requests than a seed takes, from a generator', async () => {
    const { requests, applied } = await simulate(totals, {
      requests: (random) => ({ bookings: [{ account: random() < 0.5 ? 'a' : 'b', amount: random() }] }),
      count: 100,
      seeds: 3,
    });
    expect({ requests, applied }).toEqual({ requests: 180, applied: 180 });
  });
});
