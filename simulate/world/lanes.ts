/**
 * The backfill lane, in one seed of eight: some requests are sent to a second queue, which the same reader reads. I23:
 * a request stays in its lane.
 */
import type { Lane } from '../../functions/backfill.ts';
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import type { Queue } from '../../model/queue/types.ts';
import type { Ledger, RequestFacts } from '../oracle/ledger.ts';
import type { PlannedRequest } from '../subject/sample-requests.ts';
import { createChance } from './chance.ts';
import type { Queues } from './world-queues.ts';

const EVERY = 8;
const FIRST = 7;

export function hasBackfill(seed: number): boolean {
  return seed % EVERY === FIRST;
}

/** The queue that a producer sends the request to: each request always has the same lane. */
export function queueOfProducer({ requests, backfill }: Queues, { n }: PlannedRequest): Queue {
  return backfill !== undefined && createChance(n, 24).happens(0.4) ? backfill : requests;
}

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
