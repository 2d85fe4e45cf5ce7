import { describe, expect, test } from 'vitest';
import { BusyError } from '../../../functions/errors.ts';
import type { Ending, Pass } from '../../../functions/reader/gate/gate-ports.ts';
import { NotYetError } from '../../../functions/reader/gate/gate-ports.ts';
import { createHedges } from '../../../functions/reader/gate/hedges.ts';
import { EVER } from '../../../functions/reader/gate/shared-source.ts';
import { hedgedRead } from '../../../functions/reader/hedged-read.ts';
import { sourceProblems } from '../../../functions/source.ts';
import { createVirtualClock } from '../../../model/virtual-clock.ts';

const START = 1_000_000;

/** A source of which a hundred reads took 100 ms each: a slower one is attempted twice. */
function build({ closed = false } = {}) {
  const clock = createVirtualClock(START);
  const hedges = createHedges();
  for (let n = 0; n < 100; n += 1) {
    hedges.begun('s');
    hedges.took('s', 100);
  }
  const endings: (Ending | 'refused')[] = [];
  const pass: Pass = {
    until: EVER,
    end: (ending) => void endings.push(ending),
    refuse: async () => {
      endings.push('refused');
      return { until: 0, othersToo: false };
    },
  };
  const gate = {
    enter: async (): Promise<Pass> => {
      if (closed) throw new NotYetError(START + 5_000, 'not yet');
      return pass;
    },
  };
  const over = new AbortController();
  /** Each attempt by its place: it ends after so many ms, well or with an error. */
  const read = (attempts: readonly { readonly ms: number; readonly error?: Error }[]) => {
    const signals: AbortSignal[] = [];
    const result = hedgedRead(
      async (signal) => {
        const place = signals.push(signal);
        const { ms, error } = attempts[place - 1] ?? { ms: 0 };
        await clock.sleep(ms, signal);
        if (signal.aborted) throw signal.reason;
        if (error !== undefined) throw error;
        return { place, at: clock.now() - START };
      },
      's',
      over.signal,
      { hedges, gate, clock },
    );
    return { signals, result: clock.run(result) };
  };
  return { clock, hedges, endings, over, read };
}

describe('a slow read', () => {
  test('is attempted a second time, the first result wins, and the other attempt is aborted', async () => {
    const { read, endings } = build();
    const { result, signals } = read([{ ms: 5_000 }, { ms: 80 }]);
    expect(await result).toEqual({ place: 2, at: 180 });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(endings).toEqual(['done']);
  });

  test('keeps its first attempt if that is faster than the second', async () => {
    const { read, endings, clock } = build();
    const { result } = read([{ ms: 120 }, { ms: 500 }]);
    expect(await result).toEqual({ place: 1, at: 120 });
    await clock.advance(1);
    expect(endings).toEqual(['failed']);
  });

  test('is not attempted twice if its source lets no other read in', async () => {
    const { read } = build({ closed: true });
    const { result, signals } = read([{ ms: 5_000 }]);
    expect(await result).toEqual({ place: 1, at: 5_000 });
    expect(signals).toHaveLength(1);
  });

  test('is attempted twice for at most two reads in a hundred', async () => {
    const { read } = build();
    let attempts = 0;
    for (let n = 0; n < 200; n += 1) {
      // Each is slower than all before it.
      const ms = 1_000 + 50 * n;
      const { result, signals } = read([{ ms }, { ms }]);
      await result;
      attempts += signals.length;
    }
    // Two that were saved up, and those of 200 reads.
    expect(attempts - 200).toBeLessThanOrEqual(6);
    expect(attempts - 200).toBeGreaterThanOrEqual(1);
  });

  test('fails with the error of its first attempt when both fail, and not before', async () => {
    const { read } = build();
    const first = new Error('first');
    const { result } = read([
      { ms: 150, error: first },
      { ms: 300, error: new Error('second') },
    ]);
    await expect(result).rejects.toBe(first);
    const saved = build().read([{ ms: 150, error: first }, { ms: 300 }]);
    expect(await saved.result).toEqual({ place: 2, at: 400 });
  });

  test('ends when its source refuses the first attempt; a refused second attempt only closes the source', async () => {
    const refusal = new BusyError();
    const one = build().read([{ ms: 150, error: refusal }, { ms: 300 }]);
    await expect(one.result).rejects.toBe(refusal);
    const { read, endings } = build();
    const { result } = read([{ ms: 400 }, { ms: 50, error: refusal }]);
    expect(await result).toEqual({ place: 1, at: 400 });
    expect(endings).toEqual(['refused']);
  });
});

test('a read is never attempted twice before its source has had fifty reads', () => {
  const hedges = createHedges();
  for (let n = 0; n < 49; n += 1) hedges.took('s', 100);
  expect(hedges.afterMs('s')).toBeUndefined();
  hedges.took('s', 100);
  expect(hedges.afterMs('s')).toBe(100);
});

test.each(['yes', 1, { after: 95 }])('hedge %j is refused when the pipeline is defined', (hedge) => {
  const [problem] = sourceProblems({ of: String, hedge });
  expect(problem).toMatch(/^source\.hedge is .*use true if a read may run twice at once/);
});
