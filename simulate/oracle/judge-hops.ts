/**
 * I17 ends: chains of requests that submit each other end, unless an operator redrives a request that was set
 * aside for its length.
 */
import { defaultLimits } from '../../functions/limits.ts';
import type { KeyFacts } from './facts.ts';
import type { Ledger, RequestFacts } from './ledger.ts';

/** Called for a request that was read. */
export function judgeHops(n: number, { requests, broken }: Ledger): void {
  const facts = requests[n];
  if (facts === undefined || !isOneTooMany(facts) || facts.deadLettered.length > 0) return;
  broken('I17 ends', `request #${n} was read, and ${facts.plan.hops} requests led to it`, `#${n}`);
}

export function isOneTooMany({ plan: { hops = 0 } }: RequestFacts): boolean {
  return hops > defaultLimits.submitHopsMax;
}

/** At rest: the requests that follow from an output were submitted, if its write completed. */
export function checkFollowed(
  { outputs, delivered }: KeyFacts,
  isAside: (id: string) => boolean,
  ledger: Ledger,
): void {
  for (const [id, text] of outputs) {
    const [, n] = /^\{"id":"(\d+)\.0\.0\/0"/.exec(text) ?? [];
    if (n === undefined || !delivered.has(id) || isAside(id)) continue;
    for (const child of ledger.requests[Number(n)]?.plan.follows ?? []) {
      if ((ledger.requests[child]?.submitted ?? 0) > 0) continue;
      ledger.broken(
        'I9 ack',
        `output ${id} was acknowledged before #${child}, which follows from it, was on its queue`,
        `#${n}`,
      );
    }
  }
}
