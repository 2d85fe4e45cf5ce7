import { describe, expect, test } from 'vitest';
import { adapt, pacedBy } from '../../../../functions/reader/gate/adapt.ts';
import { hear } from '../../../../functions/reader/gate/closing.ts';
import { NOTHING } from '../../../../functions/reader/gate/seen.ts';
import { settle } from '../../../../functions/reader/gate/settle.ts';
import {
  type Ask,
  type Found,
  NEW_SOURCE,
  type Report,
  type SharedSource,
} from '../../../../functions/reader/gate/shared-source.ts';

const NOW = 1_000_000;

const asked = (own: Partial<Ask> = {}): Ask => ({
  ...{ by: 'me', now: NOW, waiting: 0, running: 0, leadMs: 0, patienceMs: 1_000, leaving: 0, spare: 0 },
  report: NOTHING,
  ...own,
});
const told = (own: Partial<Report>): Report => ({ ...NOTHING, ...own });

describe('a number of reads at once that falls', () => {
  const before = {
    ...NEW_SOURCE,
    version: 3,
    holders: { me: [8, NOW + 900], other: [8, NOW + 900] },
  } as const;

  test('is kept: no new read follows until the excess reads have ended', () => {
    const { slots, after } = settle(before, asked({ running: 8, waiting: 5 }), { concurrency: 4 });
    expect(slots).toBe(2);
    expect(after.holders['me']?.[0]).toBe(8);
  });

  test('takes the same part from each environment', () => {
    const mine = settle(before, asked({ running: 8 }), { concurrency: 6 });
    const theirs = settle(mine.after, asked({ by: 'other', running: 8 }), { concurrency: 6 });
    expect([mine.slots, theirs.slots]).toEqual([3, 3]);
  });
});

test('slots that have expired belong to other environments: the former holder gets none of them back', () => {
  const before = { ...NEW_SOURCE, version: 3, holders: { me: [3, NOW - 1], other: [6, NOW + 900] } } as const;
  const { slots, turns, after } = settle(before, asked({ running: 3, waiting: 5 }), { concurrency: 6 });
  expect([slots, turns.length, after.holders['me']?.[0]]).toEqual([0, 0, 3]);
});

describe('the time for which a refusing source is closed', () => {
  const refused = told({ refused: 1, refusedStart: NOW - 5, refusedMs: 40 });

  test('is what the source says the first time, however short', () => {
    expect(hear(NEW_SOURCE, asked({ report: refused })).closedUntil).toBe(NOW + 40);
  });

  test('grows if it refuses again at once', () => {
    const closed = hear(NEW_SOURCE, asked({ now: NOW - 50, report: { ...refused, refusedStart: NOW - 60 } }));
    expect(hear(closed, asked({ report: refused })).closedUntil).toBe(NOW + 500);
  });

  test('does not grow while the source serves other reads in between', () => {
    const first = hear(
      NEW_SOURCE,
      asked({ now: NOW - 1_000, report: told({ refused: 1, refusedStart: NOW - 1_010 }) }),
    );
    const second = hear(
      first,
      asked({ now: NOW - 100, report: told({ refused: 1, refusedStart: NOW - 110 }) }),
    );
    expect(second.refusals).toBe(2);
    const served = hear(second, asked({ report: told({ done: 1, doneMs: 300, doneStart: NOW - 300 }) }));
    expect(served.refusals).toBe(1);
  });
});

describe('an adaptive limit', () => {
  const foundOf = (source: SharedSource, own: Partial<Ask>) =>
    adapt(source, hear(source, asked(own)), asked(own));
  const slow = { report: told({ done: 40, doneMs: 40 * 100, doneStart: NOW - 100 }) };

  test('takes the time of a read as the time without load only while one read runs at a time', () => {
    const found = {
      ...foundOf(NEW_SOURCE, { now: NOW - 1_000 }),
      baseMs: 50,
      limit: 20,
      grows: 'slowly',
    } as const;
    expect(foundOf({ ...NEW_SOURCE, found }, slow).baseMs).toBeLessThan(51);
    expect(foundOf({ ...NEW_SOURCE, found: { ...found, limit: 1 } }, slow).baseMs).toBeGreaterThan(60);
  });

  test('falls to the rate of successful reads if a proven rate is refused again, and otherwise in steps', () => {
    const kept = (holdMs: number, forMs: number) => ({
      ...foundOf(NEW_SOURCE, { now: NOW - 30_000 }),
      ...{ rate: 40, holdMs, refusedAt: NOW - forMs, doneSince: (39 * forMs) / 1000, limit: 50 },
    });
    const refusedAt = (now: number) => ({
      now,
      report: told({ done: 20, doneMs: 2_000, doneStart: now - 20, refused: 1, refusedStart: now - 10 }),
    });
    const rateAfter = (found: Found) => {
      const first = foundOf({ ...NEW_SOURCE, found }, refusedAt(NOW));
      return foundOf({ ...NEW_SOURCE, found: first, closedAt: NOW }, refusedAt(NOW + 1_000)).rate;
    };
    expect(rateAfter(kept(60_000, 20_000))).toBeLessThan(21);
    expect(rateAfter(kept(4_000, 3_000))).toBeGreaterThan(28);
  });

  describe('of a rate that was raised until the source refused', () => {
    const raised = {
      ...foundOf(NEW_SOURCE, { now: NOW - 60_000 }),
      ...{ rate: 20, holdMs: 4_000, refusedAt: NOW - 12_000, flow: 100, limit: 50 },
    };
    const reached = pacedBy(raised, NOW);
    const refused = { report: told({ refused: 1, refusedStart: NOW - 10 }) };
    const rateAfter = (doneSince: number) =>
      foundOf({ ...NEW_SOURCE, found: { ...raised, doneSince } }, refused).rate;

    test('falls to the middle between that rate and the rate of successful reads', () => {
      expect(reached).toBeGreaterThan(22);
      expect(rateAfter(12 * 16)).toBeCloseTo((0.98 * (reached + 16)) / 2);
    });

    test('does not fall because few reads were asked for, if the source had served it before', () => {
      const found = { ...raised, proven: 21, doneSince: 12 };
      expect(foundOf({ ...NEW_SOURCE, found }, refused).rate).toBeCloseTo((0.98 * (reached + 21)) / 2);
    });

    test('falls by little if more reads succeeded, because the source had saved up quota', () => {
      expect(rateAfter(12 * 40)).toBeCloseTo(0.98 * reached);
    });

    test('was not raised by more than a third above the reads that were asked for', () => {
      expect(pacedBy({ ...raised, flow: 21 }, NOW + 60_000)).toBeCloseTo(1.3 * 21);
      expect(pacedBy({ ...raised, flow: 5 }, NOW + 60_000)).toBe(20);
    });
  });

  test('of a source that has changed has return times booked only a few seconds ahead, because it may change back', () => {
    const found = {
      ...foundOf(NEW_SOURCE, { now: NOW - 600_000 }),
      ...{ rate: 40, holdMs: 60_000, refusedAt: NOW - 1_000, doneSince: 19, limit: 50 },
    };
    const report = told({ done: 1, doneMs: 100, doneStart: NOW - 20, refused: 1, refusedStart: NOW - 10 });
    const bookedFor = (own: Partial<Found>) => {
      const source = { ...NEW_SOURCE, booked: NOW + 60_000, found: { ...found, ...own } };
      const { back } = settle(source, asked({ report, leaving: 1 }), { concurrency: 'adaptive' });
      return back.from - NOW;
    };
    expect(bookedFor({})).toBe(1_000);
    expect(bookedFor({ holdMs: 4_000 })).toBe(60_000);
  });

  describe('that is refused again after half a second', () => {
    const refused = {
      report: told({ done: 2, doneMs: 200, doneStart: NOW - 20, refused: 1, refusedStart: NOW - 10 }),
    };
    const rateAfter = (own: Partial<Found>) => {
      const found = {
        ...foundOf(NEW_SOURCE, { now: NOW - 30_000 }),
        limit: 50,
        refusedAt: NOW - 500,
        doneSince: 10,
        closedMs: 100,
        ...own,
      };
      return foundOf({ ...NEW_SOURCE, found }, refused).rate;
    };

    test('falls to the rate of successful reads at once if the source had served it for seconds before', () => {
      expect(rateAfter({ rate: 39, proven: 38 })).toBeCloseTo((0.98 * 12) / 0.5);
      expect(rateAfter({ rate: 39, proven: 0 })).toBeCloseTo(0.94 * 39);
    });

    test('falls towards the rate that the source had served for seconds, not below it, if it was above', () => {
      expect(rateAfter({ rate: 60, proven: 38 })).toBeCloseTo(0.8 * 60);
      expect(rateAfter({ rate: 60, proven: 38, cuts: 1 })).toBeCloseTo(0.7 * 60);
      expect(rateAfter({ rate: 42, proven: 38 })).toBeCloseTo(0.98 * 38);
      expect(rateAfter({ rate: 60, proven: 0 })).toBeCloseTo(0.94 * 60);
    });

    test('falls in steps if the fourth read is refused above the rate that the source had served, and by half below it', () => {
      const found = { rate: 18, refusedAt: NOW - 1_170, closedMs: 1_000, doneSince: 1 };
      expect(rateAfter({ ...found, proven: 17 })).toBeCloseTo(0.94 * 18);
      expect(rateAfter({ ...found, proven: 19 })).toBeCloseTo(0.5 * 18);
    });

    test('falls by half if already the next read is refused, by a source that saves up no quota', () => {
      const found = { rate: 18, proven: 17, refusedAt: NOW - 1_060, closedMs: 1_000, doneSince: 0 };
      expect(rateAfter(found)).toBeLessThan(10);
      expect(rateAfter({ ...found, proven: 12 })).toBeCloseTo(0.94 * 18);
    });
  });

  test('has proved the rate of many reads in seconds between two refusals, and nothing by a few', () => {
    const provenBy = (done: number, forMs: number) => {
      const found = {
        ...foundOf(NEW_SOURCE, { now: NOW - 30_000 }),
        rate: 20,
        refusedAt: NOW - forMs,
        doneSince: done,
      };
      return foundOf({ ...NEW_SOURCE, found }, { report: told({ refused: 1, refusedStart: NOW - 10 }) })
        .proven;
    };
    expect(provenBy(100, 5_000)).toBe(20);
    expect(provenBy(39, 5_000)).toBe(0);
    expect(provenBy(60, 3_000)).toBe(0);
  });

  describe('with reads that are suddenly much slower', () => {
    const found = {
      ...foundOf(NEW_SOURCE, { now: NOW - 1_000 }),
      baseMs: 200,
      limit: 12,
      grows: 'slowly',
      window: { from: NOW - 300, done: 4, ms: 4 * 250, timedOut: 0 },
    } as const;
    const crowded = { report: told({ done: 5, doneMs: 5 * 900, doneStart: NOW - 900 }) };

    test('falls after a few of them, without waiting for the end of the window', () => {
      expect(foundOf({ ...NEW_SOURCE, found }, crowded).limit).toBe(6);
    });

    test('falls by reads that have not come back yet', () => {
      const late = { report: told({ late: 3, lateMs: 3 * 500 }) };
      expect(foundOf({ ...NEW_SOURCE, found }, late).limit).toBeLessThan(9);
      expect(foundOf({ ...NEW_SOURCE, found }, { report: told({ late: 2, lateMs: 2 * 500 }) }).limit).toBe(
        12,
      );
    });

    test('does not fall again because of reads from the same jam', () => {
      const cut = foundOf({ ...NEW_SOURCE, found }, crowded);
      const again = { ...crowded, now: NOW + 500 };
      expect(foundOf({ ...NEW_SOURCE, found: cut }, again).limit).toBe(6);
      const later = { ...crowded, now: NOW + 1_000 };
      expect(foundOf({ ...NEW_SOURCE, found: cut }, later).limit).toBe(3);
    });

    test('is judged again soon after a clock that was wrong', () => {
      const wrong = { ...found, window: { ...found.window, from: NOW + 40 * 86_400_000 } };
      const after = foundOf({ ...NEW_SOURCE, found: wrong }, crowded);
      const later = { ...crowded, now: NOW + 10_000 };
      expect(foundOf({ ...NEW_SOURCE, found: after }, later).limit).toBe(6);
    });
  });

  describe('of which no read came back for more than a second', () => {
    const found = { ...foundOf(NEW_SOURCE, { now: NOW - 60_000 }), limit: 12, baseMs: 200 } as const;
    const askedAgain = (own: Partial<Found>, source: Partial<SharedSource> = {}) =>
      foundOf({ ...NEW_SOURCE, ...source, found: { ...found, ...own } }, { running: 1 });

    test('is halved, once, because the source may bear less by now', () => {
      const halved = askedAgain({ heardAt: NOW - 1_001 });
      expect(halved.limit).toBe(6);
      expect(foundOf({ ...NEW_SOURCE, found: halved }, { now: NOW + 9_000 }).limit).toBe(6);
    });

    test('stays while reads of that length cannot have come back, the source was closed, or it has a rate', () => {
      expect(askedAgain({ heardAt: NOW - 1_001, baseMs: 900 }).limit).toBe(12);
      expect(askedAgain({ heardAt: NOW - 5_000 }, { closedUntil: NOW - 100 }).limit).toBe(12);
      expect(askedAgain({ heardAt: NOW - 5_000, rate: 20, refusedAt: NOW - 9_000 }).limit).toBe(12);
    });
  });

  test('grows only if a fifth of it was in use: slots of an environment that died are held, but not read with', () => {
    const found = { ...foundOf(NEW_SOURCE, { now: NOW - 2_000 }), limit: 6, baseMs: 300 } as const;
    const source = { ...NEW_SOURCE, holders: { dead: [5, NOW + 900] }, found } as const;
    const after = (done: number) =>
      foundOf(source, { running: 1, waiting: 5, report: told({ done, doneMs: done * 300 }) }).limit;
    expect([after(7), after(9)]).toEqual([6, 12]);
  });

  test('books times for a third of a second ahead, and the other reads wait', () => {
    const found = {
      ...foundOf(NEW_SOURCE, { now: NOW - 1_000 }),
      rate: 20,
      refusedAt: NOW - 100,
      limit: 100,
    };
    const { turns, refusedEntry } = settle({ ...NEW_SOURCE, found }, asked({ waiting: 30 }), {
      concurrency: 'adaptive',
    });
    expect(turns).toHaveLength(7);
    expect(refusedEntry).toBe(30 - 21);
  });
});
