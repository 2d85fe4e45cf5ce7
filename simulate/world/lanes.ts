/** The backfill lane, in one seed of eight: some requests are sent to a second queue, which the same reader reads. */
import type { Queue } from '../../model/queue/types.ts';
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
