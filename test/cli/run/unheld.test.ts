import { describe, expect, test } from 'vitest';
import { watchUnheld } from '../../../cli/run/unheld.ts';
import type { Observation } from '../../../functions/ports.ts';

function build(backAt: number | undefined, observations: Observation[] = []) {
  const state = { now: 0, working: 0 };
  const unheld = watchUnheld(
    { observations, working: () => state.working, nextBackAt: () => backAt },
    { now: () => state.now },
  );
  return { state, unheld };
}

const TEN = { reading: 10, computing: 0 };

test('requests that SQS handed out and no function holds are reported, with the time at which they return', () => {
  const { state, unheld } = build(331_000);
  expect(unheld(TEN)).toEqual([]);
  state.now = 1_000;
  expect(unheld(TEN)).toEqual([
    '10 requests in flight, and no function is at work: SQS delivered them, and the answer was lost or the invocation ' +
      'crashed. They are delivered again when their visibility timeout ends, the first in 5 min 30 s.',
  ]);
  expect(unheld(TEN)).toEqual([]);
});

test('requests that a running function holds, or that return within seconds, are not reported', () => {
  const { state, unheld } = build(6_000);
  state.working = 1;
  unheld(TEN);
  state.now = 60_000;
  expect(unheld(TEN)).toEqual([]);
  const soon = build(6_000);
  soon.unheld(TEN);
  soon.state.now = 2_000;
  expect(soon.unheld(TEN)).toEqual([]);
});

test('a failed read that waits for its next attempt is not reported as a request that no function holds', () => {
  const failed: Observation = {
    kind: 'read',
    request: 'r',
    start: 0,
    end: 1,
    outcome: 'failed',
    readings: 0,
  };
  const { state, unheld } = build(60_000, [failed]);
  unheld({ reading: 1, computing: 0 });
  state.now = 2_000;
  expect(unheld({ reading: 1, computing: 0 })).toEqual([]);
  expect(unheld({ reading: 2, computing: 3 })[0]).toMatch(/^1 request and 3 messages of readings in flight/);
});

test('requests in a queue elsewhere, whose time of return is unknown, are reported without that time', () => {
  const { state, unheld } = build(undefined);
  unheld(TEN);
  state.now = 2_000;
  expect(unheld(TEN)[0]).toMatch(/visibility timeout ends\.$/);
});

describe('requests that wait for their source', () => {
  const seen = (closedUntil: number): Observation => ({
    ...{ kind: 'source', source: 'shop.example', at: 0, rate: 20, concurrency: undefined, refused: 1 },
    ...{ givenBack: 1, closedUntil, alone: undefined },
  });

  test('are reported with the source and the time at which it opens, not as lost answers', () => {
    const { state, unheld } = build(43_200_000, [seen(86_400_000)]);
    unheld(TEN);
    state.now = 2_000;
    expect(unheld(TEN)).toEqual([
      '10 requests wait for the source "shop.example", which refused a read: it is closed for another 23 h 59 min, ' +
        'and is read again then. A source that asks for more than a day is read again after a day.',
    ]);
  });

  test('are reported with the time of the first return if the source is open but may not be read yet', () => {
    const { state, unheld } = build(60_000, [seen(0)]);
    unheld({ reading: 1, computing: 0 });
    state.now = 2_000;
    expect(unheld({ reading: 1, computing: 0 })).toEqual([
      '1 request waits until the source "shop.example" may be read: the first comes back in 58.0 s.',
    ]);
  });
});
