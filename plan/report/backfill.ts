/** A backfill in sentences and as a bill. */
import { formatCount, formatDuration } from '../../local/report/units.ts';
import type { BackfillPlan } from '../backfill.ts';
import type { Plan } from '../plan.ts';
import { sourcesNeeded } from '../sources.ts';
import { exceedText, formatAmount, formatRate, formatUsd } from './verdict.ts';

/** The first says how long it takes, the others what it does to the live requests. */
export function backfillTexts(
  plan: Plan,
  { requests, requestsPerSecond, boundBy, seconds, limits }: BackfillPlan,
): [string, ...string[]] {
  const { lane, source, sources } = plan.workload;
  const many = sourcesNeeded(plan.workload);
  const by = {
    submits: 'as fast as they are submitted',
    readers: `as fast as ${lane?.readersMax} readers read (backfill.readersMax)`,
    sources: `the share of ${lane?.share} of ${many === 1 ? 'one source' : `${formatCount(many)} sources`}`,
  }[boundBy];
  const exceeded = limits.filter(({ used, limit, confidence }) => used > limit && confidence !== 'U');
  const [nearest] = limits.filter(
    ({ reachedAt, confidence }) => reachedAt !== undefined && confidence !== 'U',
  );
  return [
    `${formatCount(requests)} requests at ${formatRate(requestsPerSecond)} a second, ${by}: ${formatDuration(seconds * 1000)}.`,
    ...(exceeded.length === 0
      ? []
      : [
          `While it runs, more is asked than can be done, so it takes longer, and readings of live requests wait too. ${exceeded.map(exceedText).join(' ')} Or lower backfill.readersMax or backfill.share.`,
        ]),
    ...(exceeded.length > 0 || nearest === undefined
      ? []
      : [
          `While it runs, the nearest limit of both lanes is ${nearest.name}, ${formatAmount((nearest.used / nearest.limit) * 100)} % used.`,
        ]),
    ...(source !== undefined && sources === undefined && Number.isFinite(many) && boundBy === 'sources'
      ? ['Not given, so assumed: the fewest sources that allow the live requests (--sources).']
      : []),
    'This cost is not in the bill of a month. Left out: logs, storage, what read and write call, and requests that go back to their queue until their source may be read.',
  ];
}

export function backfillRows({ items, usd }: BackfillPlan): string[][] {
  return [
    ...items
      .filter((line) => line.usd >= 0.005)
      .map(({ item, quantity, unit, usd: own }) => [item, formatAmount(quantity), unit, formatUsd(own)]),
    ['total', '', '', formatUsd(usd)],
  ];
}
