/**
 * The faults of a seed. Each seed draws its own mix (swarm testing): a few kinds often, others not at all. A
 * mix of everything would hide faults that need a long run of luck, and an average mix would never be
 * extreme.
 */

import type { Counters } from '../oracle/counters.ts';
import type { Chance } from './chance.ts';

/** Highest rate of each fault in a seed that has it: per AWS call, invocation, message or read. */
const RATES_MAX = {
  // Per call of a function to AWS.
  stall: 0.1,
  crashBeforeCall: 0.05,
  crashAfterCall: 0.05,
  crashWithCallOnTheWire: 0.05,
  lostRequest: 0.1,
  lostAnswer: 0.3,
  refusedCall: 0.3,
  zombieCall: 0.1,
  transactionConflict: 0.3,
  sendEntryRefused: 0.3,
  sendEntryUnaccounted: 0.1,
  // Per invocation.
  throttledInvocation: 0.1,
  lostResponse: 0.2,
  lateStart: 0.2,
  visibilityLapse: 0.4,
  lostDelete: 0.2,
  clockJump: 0.2,
  streamRepeat: 0.3,
  // Per read and write of the user.
  slowRead: 0.2,
  hangingRead: 0.1,
  failedRead: 0.3,
  sinkFailure: 0.3,
} as const;

export type FaultRate = keyof typeof RATES_MAX;
export type OutageOf = 'dynamo' | 'sqs' | 'source' | 'sink';

export interface Outage {
  readonly of: OutageOf | 'all';
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
}

export interface Faults {
  /** Decides whether the fault strikes now, and counts it. */
  strikes(fault: FaultRate): boolean;
  isOut(service: OutageOf): boolean;
  /** Ends all faults. */
  heal(): void;
  readonly healed: boolean;
  /** Only user code fails in this seed. */
  readonly calm: boolean;
  /** Whether a call may land after its caller has gone on. */
  readonly mayLandLate: boolean;
  /** The mix on one line, for the trace. */
  readonly description: string;
}

interface FaultsWorld {
  readonly counters: Counters;
  readonly clock: { now(): number };
}

export function drawFaults(
  chance: Chance,
  world: FaultsWorld,
  span: { readonly from: number; readonly to: number },
  deadly: boolean,
): Faults {
  // The cost of a reading that never returns to its neighbours can be judged only if nothing else fails.
  const calm = chance.happens(deadly ? 0.4 : 0.03);
  const rates: Record<FaultRate, number> = { ...RATES_MAX };
  const share = chance.between(0.1, 0.7);
  for (const [fault, max] of Object.entries(RATES_MAX) as [FaultRate, number][]) {
    rates[fault] = !calm && chance.happens(share) ? chance.spread(max / 30, max) : 0;
  }
  return createFaults(chance, world, { rates, outages: calm ? [] : drawOutages(chance, span), calm });
}

/** Only outages, no other faults. */
export function createOutages(chance: Chance, world: FaultsWorld, outages: readonly Outage[]): Faults {
  const rates: Record<FaultRate, number> = { ...RATES_MAX };
  for (const fault of Object.keys(RATES_MAX) as FaultRate[]) rates[fault] = 0;
  return createFaults(chance, world, { rates, outages, calm: false });
}

interface Mix {
  readonly rates: Readonly<Record<FaultRate, number>>;
  readonly outages: readonly Outage[];
  readonly calm: boolean;
}

function createFaults(
  chance: Chance,
  { counters, clock }: FaultsWorld,
  { rates, outages, calm }: Mix,
): Faults {
  let healed = false;
  return {
    strikes(fault) {
      if (healed || !chance.happens(rates[fault])) return false;
      counters[fault] += 1;
      return true;
    },
    isOut(service) {
      if (healed) return false;
      const now = clock.now();
      const outage = outages.find(
        ({ of, from, to }) => (of === service || of === 'all') && from <= now && now < to,
      );
      if (outage === undefined) return false;
      counters[outage.of === 'all' ? 'outageOfAll' : 'outage'] += 1;
      return true;
    },
    heal() {
      healed = true;
    },
    get healed() {
      return healed;
    },
    calm,
    mayLandLate: rates.zombieCall + rates.crashWithCallOnTheWire > 0,
    description: [
      ...Object.entries(rates)
        .filter(([, rate]) => rate > 0)
        .map(([fault, rate]) => `${fault} ${rate.toFixed(3)}`),
      ...outages.map(({ of, from, to }) => `outage of ${of} for ${Math.round((to - from) / 1000)} s`),
    ].join(', '),
  };
}

const OUTAGE_MS_MIN = 5_000;
const OUTAGE_MS_MAX = 15 * 60_000;

function drawOutages(chance: Chance, span: { readonly from: number; readonly to: number }): Outage[] {
  const count = chance.happens(0.5) ? chance.whole(1, 3) : 0;
  return Array.from({ length: count }, () => {
    const from = chance.between(span.from, span.to);
    const of = chance.pick(['dynamo', 'sqs', 'source', 'sink', 'all'] as const);
    return { of, from, to: from + chance.spread(OUTAGE_MS_MIN, OUTAGE_MS_MAX) };
  });
}
