/**
 * What a backfill costs, how long it takes, and which limits it comes near to while live requests go on. Its requests are read
 * by the lane's own readers, at most at its share of the sources; its readings are computed with all others.
 */

import type { Bill, BillItem } from './bill.ts';
import { headroom } from './headroom.ts';
import type { Limit } from './limit.ts';
import type { Profile } from './profile.ts';
import { readersInUse, type Settings } from './settings.ts';
import { sourceReadsPerSecond, sourcesNeeded } from './sources.ts';
import { meanRequestsPerSecond, type Workload } from './workload.ts';

export interface BackfillPlan {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** What bounds that rate: the rate at which they are submitted, the lane's readers, or its share of the sources. */
  readonly boundBy: 'submits' | 'readers' | 'sources';
  readonly seconds: number;
  /** Of the whole backfill, once. */
  readonly items: readonly BillItem[];
  readonly usd: number;
  /** Of both lanes together while it runs, the fullest first. */
  readonly limits: readonly Limit[];
}

export interface BackfillParts {
  readonly settings: Settings;
  readonly profile: Profile;
  readonly region: string;
  readonly usdPerWrite: number;
  /** The bill of a month of this workload. */
  readonly billOf: (workload: Workload, settings: Settings) => Promise<Bill>;
}

const MONTH_SECONDS = 730 * 3600;
/** While live reads use the whole source, the backfill goes on at this part of its share (functions/reader/gate/share.ts). */
const SLOWEST = 0.1;
/** The most writes of the sources' items by a reader of the lane, which takes no start time ahead. */
const SOURCE_WRITES_PER_SECOND = 5;
/** What a month costs without any request, or keeps for longer. */
const NOT_OF_REQUESTS = /idle polls|storage/;

export async function planBackfill(
  workload: Workload,
  parts: BackfillParts,
): Promise<BackfillPlan | undefined> {
  const { backfill, lane } = workload;
  if (backfill === undefined || lane === undefined) return undefined;
  const { settings, profile, region } = parts;
  const { requestsPerSecond, boundBy } = rateOf(workload, lane, backfill.requestsPerSecond, parts);
  const seconds = backfill.requests / requestsPerSecond;
  const { backfill: _, lane: __, burst: ___, ...own } = workload;
  // What the readers cannot keep up with waits in full batches.
  const arrivals = boundBy === 'readers' ? 'backlog' : 'random';
  const alone: Workload = { ...own, burst: undefined, requestsPerSecond, arrivals };
  const month = await parts.billOf(alone, { ...settings, readers: lane.readersMax });
  const share = seconds / MONTH_SECONDS;
  const items = month.items
    .filter(({ item }) => !NOT_OF_REQUESTS.test(item))
    .map((line) => ({ ...line, quantity: line.quantity * share, usd: line.usd * share }));
  if (workload.source !== undefined) {
    const quantity = seconds * Math.min(requestsPerSecond, SOURCE_WRITES_PER_SECOND * lane.readersMax);
    const usd = quantity * parts.usdPerWrite;
    items.push({ item: 'DynamoDB writes, sources', quantity, unit: 'write units', usd });
  }
  const both = { ...alone, requestsPerSecond: meanRequestsPerSecond(workload) + requestsPerSecond };
  return {
    requests: backfill.requests,
    requestsPerSecond,
    boundBy,
    seconds,
    items,
    usd: items.reduce((total, { usd }) => total + usd, 0),
    // The readers of the lanes have a limit each; the lane's own is what bounds its rate.
    limits: headroom(both, settings, profile, region).filter(
      ({ name }) => !/^(readersMax|reads of the sources)$/.test(name),
    ),
  };
}

function rateOf(
  workload: Workload,
  { readersMax, share }: NonNullable<Workload['lane']>,
  submitted: number | undefined,
  { settings, profile }: BackfillParts,
): Pick<BackfillPlan, 'requestsPerSecond' | 'boundBy'> {
  const perRequest = readersInUse(1, workload, profile, settings.readsPerInvocation);
  const sources = sourceReadsPerSecond(workload, sourcesNeeded(workload));
  const left = sources - meanRequestsPerSecond(workload);
  const bounds = [
    { boundBy: 'submits', requestsPerSecond: submitted ?? Number.POSITIVE_INFINITY },
    {
      boundBy: 'sources',
      requestsPerSecond: Math.max(SLOWEST * share * sources, Math.min(share * sources, left)),
    },
    { boundBy: 'readers', requestsPerSecond: readersMax / perRequest },
  ] as const;
  return bounds.reduce((lowest, bound) =>
    bound.requestsPerSecond < lowest.requestsPerSecond ? bound : lowest,
  );
}
