import { describe, expect, test } from 'vitest';
import { expectSound, simulate } from 'weir-pipelines/testing';
import { PermanentError } from '../../functions/errors.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import { type Booking, bookings, bookingsInTurn, someRequests, totals } from './pipelines.ts';

interface Sum {
  readonly sum: number;
}
const zero = (): Sum => ({ sum: 0 });
const requests = someRequests();

describe('a compute that is wrong when folds are cut and made again', () => {
  /** Right as long as every call counts, which no call does that is made again. */
  const countsCalls = () => {
    let calls = 0;
    return bookings<Sum>({
      initial: zero,
      compute: ({ sum }, { amount }) => {
        calls += 1;
        return { sum: sum + (calls % 7 === 0 ? 0 : amount) };
      },
    });
  };

  test('is found by a seed, with its story and the command that repeats it', async () => {
    const { problems } = await simulate(countsCalls(), { requests, seeds: 3 });
    expect(problems).toHaveLength(1);
    const [problem] = problems;
    expect(problem?.kind).toBe('wrong under faults');
    expect(problem?.text).toMatch(
      /^seed 1 fails, and so do seeds 2, 3.*the state differs from that of the plain fold/s,
    );
    expect(problem?.wayOut).toContain('{ from: 1, seeds: 1 }');
    expect(problem?.story?.join('\n')).toMatch(/queue took request #\d+[\s\S]*VIOLATION state/);
  });

  test('is found without any faults first, and no seed is run', async () => {
    const error = await expectSound(countsCalls(), { requests, seeds: 3 }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('pipeline bookings is not sound\nnot pure: ');
    expect(String(error)).not.toContain('seed');
  });

  test('is found even if the next reading of a batch makes an invalid state valid again', async () => {
    interface Last {
      readonly kept: { readonly amount: number | undefined };
    }
    const pipeline = bookings<Last>({
      initial: () => ({ kept: { amount: 0 } }),
      compute: (_state, { amount }) => ({ kept: { amount: amount === 4 ? undefined : amount } }),
    });
    const { problems } = await simulate(pipeline, { requests, seeds: 5 });
    expect(problems[0]?.text).toContain('took effect, but the plain fold fails on it');
  });
});

describe('the same seed', () => {
  test('takes the same course, another one another', async () => {
    const faults = async (from: number) => (await simulate(totals, { requests, seeds: 1, from })).faults;
    expect(await faults(5)).toEqual(await faults(5));
    expect(await faults(5)).not.toEqual(await faults(6));
  });

  test('makes the same requests', async () => {
    const made: number[][] = [];
    const run = async (from: number) => {
      const amounts: number[] = [];
      made.push(amounts);
      await simulate(totals, {
        requests: (random) => {
          amounts.push(random());
          return requests[0];
        },
        seeds: 1,
        from,
        count: 5,
      });
    };
    for (const from of [3, 3, 4]) await run(from);
    expect(made[0]).toHaveLength(5);
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).not.toEqual(made[0]);
  });
});

describe('a request that the read refuses', () => {
  const refusing = (gap: 'skip' | 'wait') =>
    bookingsInTurn<readonly number[]>({
      gap,
      initial: () => [],
      compute: (state, { amount }: Booking) => [...state, amount],
    });
  const oneKey = Array.from({ length: 10 }, (_, n) => ({
    turn: n + 1,
    bookings: [{ account: 'a', amount: n + 1 }],
  }));
  const read = ({ bookings: own }: { bookings: Booking[] }) => {
    if (own[0]?.amount === 5) throw new PermanentError('there is no such thing');
    return own;
  };

  test.each([
    ['is passed over', 'skip', 9],
    ['is waited for, for ever', 'wait', 4],
  ] as const)('%s with gap %s', async (_name, gap, applied) => {
    const options = { requests: oneKey, read, seeds: 4, poison: 'allowed' as const };
    const { simulation } = await expectSound(refusing(gap), options);
    expect(simulation.applied).toBe(4 * applied);
  });
});

test('requests with ids of their own count once, however often they arrive, and affect no others', async () => {
  const pipeline: Pipeline = {
    ...totals,
    requestId: (request) => `turn ${Object(request).turn}`,
  };
  const [first] = requests;
  const { states, simulation } = await expectSound(pipeline, { requests: [...requests, first], seeds: 6 });
  expect(states.get('a')).toEqual({ count: 20, sum: 110 });
  expect(simulation).toMatchObject({ requests: 6 * 30, applied: 6 * 60 });
  expect(simulation.faults['requestRepeated']).toBeGreaterThan(0);
});
