/** I23 lanes: a request stays in its lane. In seeds with a backfill lane (simulate/world/lanes.ts). */
import type { Lane } from '../../functions/backfill.ts';
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import type { Ledger, RequestFacts } from './ledger.ts';

/** A request that was submitted by a read must be in a lane that its parent was in. */
export function judgeLane(facts: RequestFacts, lane: Lane, { requests, count, broken }: Ledger): void {
  const { plan, lanes } = facts;
  if (lane === 'backfill') count('backfilled');
  if (facts.submitted === 1 && plan.submitAt.length === 0) {
    const parent = requests.find((other) => other.plan.submits?.includes(plan.n) === true);
    if (parent !== undefined && !parent.lanes.has(lane))
      broken(
        'I23 lanes',
        `#${plan.n} was submitted to the ${lane} lane, its parent is in the other`,
        `#${plan.n}`,
      );
  }
  lanes.add(lane);
}

/** What the reader sets aside says its lane. */
export function judgeDeadLane(
  { plan, lanes }: RequestFacts,
  attributes: Readonly<Record<string, string>>,
  { count, broken }: Ledger,
): void {
  const said: Lane = attributes[REQUEST_ATTRIBUTES.lane] === 'backfill' ? 'backfill' : 'live';
  if (said === 'backfill') count('backfillDeadLettered');
  if (!lanes.has(said))
    broken('I23 lanes', `the dead letter of #${plan.n} says that it is of the ${said} lane`, `#${plan.n}`);
}
