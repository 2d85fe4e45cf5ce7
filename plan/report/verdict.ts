/** The plan in sentences: whether it fits, which limit comes first, and on what the figures are based. */
import { formatCount, formatDuration, formatRatio } from '../../local/report/units.ts';
import type { Limit } from '../limit.ts';
import { type Forecast, type Plan, percentile } from '../plan.ts';
import { quotas } from '../quotas.ts';
import { sourceReadsPerSecond, sourcesNeeded } from '../sources.ts';
import { meanRequestsPerSecond, type Workload } from '../workload.ts';

export function verdictText(plan: Plan): string {
  const rate = `${formatRate(readingsPerSecond(plan.workload))} readings a second`;
  const [worst] = plan.exceeded.filter(({ confidence }) => confidence !== 'U');
  const names = (kind: Limit['kind']) =>
    plan.exceeded.filter((limit) => limit.kind === kind && limit.confidence !== 'U');
  if (plan.verdict === 'never') {
    return `No setting carries ${rate}. ${names('fixed').map(exceedText).join(' ')}`;
  }
  if (plan.verdict === 'quota')
    return `AWS can carry ${rate} when it has raised a quota. ${names('quota').map(exceedText).join(' ')}`;
  if (plan.verdict === 'settings' && worst !== undefined) {
    return `The given settings cannot carry ${rate}. ${names('setting').map(exceedText).join(' ')} The rest of the plan uses the settings needed.`;
  }
  return `AWS can carry ${rate}.`;
}

export function exceedText({ name, used, limit, unit, reachedAt, wayOut }: Limit): string {
  const at = reachedAt === undefined ? '' : `, reached at ${formatRate(reachedAt)} readings a second`;
  return `${name}: needs ${formatAmount(used)} of ${formatAmount(limit)} ${unit}${at}; ${wayOut}.`;
}

export function firstText({ first, workload }: Plan): string {
  if (first?.reachedAt === undefined) return '';
  const times = first.reachedAt / readingsPerSecond(workload);
  return `The first limit: ${first.name}, at ${formatRate(first.reachedAt)} readings a second (${formatRatio(times)} times the plan); ${first.wayOut}.`;
}

export function notes(plan: Plan): string[] {
  const { workload, forecast, hottest, scaleMinutes } = plan;
  const load = hottest.readingsPerSecond / hottest.ceiling;
  const lines = [
    `Hottest key: ${formatRate(hottest.readingsPerSecond)} readings a second (${Number((hottest.share * 100).toPrecision(2))} % of all), at most ${formatRate(hottest.ceiling)}: ten messages in a round of ${formatDuration(hottest.roundMs)}.`,
    ...(scaleMinutes === 0
      ? []
      : [
          `Lambda needs ${formatDuration(scaleMinutes * 60_000)} to scale from zero to the peak: it adds ${quotas.growthPerMinute.value} environments a minute.`,
        ]),
    ...(plan.readersForLatency === undefined
      ? []
      : [
          `With readersMax ${plan.readersForLatency}, requests wait less for a reader, but each reader does less for its price.`,
        ]),
  ];
  for (const limit of plan.exceeded) {
    if (limit.confidence === 'U')
      lines.push(`Exceeded, if it holds (no source confirms it): ${exceedText(limit)}`);
  }
  if (Object.keys(workload.assumed).length > 0) lines.push(assumedText(workload));
  lines.push(...sourcesText(workload));
  if (forecast === undefined) return lines;
  if (plan.withNeeded !== undefined) lines.unshift(needlessText(plan, forecast, plan.withNeeded));
  const { excerpt, outcome } = forecast;
  lines.push(...simulatedText(plan, forecast));
  if (workload.part !== undefined) {
    const { stacks, share } = workload.part;
    lines.push(
      `All ${stacks} stacks together: about ${formatUsd(forecast.bill.usdPerMonth / share)} USD a month.`,
    );
  }
  if (plan.pessimistic !== undefined) {
    lines.push(
      'If FIFO is slow: the same plan with the p99 of a FIFO queue that was published in 2022, 0.6 s from send to receipt. There are no newer published figures: take the two rows as bounds.',
    );
  }
  if (excerpt.keys.share < 1) {
    const waitMs = load < 1 ? (load / (1 - load)) * (hottest.roundMs / 2) : Number.NaN;
    const wait = Number.isNaN(waitMs) ? 'without end' : `about ${formatDuration(waitMs)}`;
    lines.push(
      `The simulation covers ${formatCount(excerpt.keys.count)} of ${formatCount(workload.keys)} keys, with ${(excerpt.keys.share * 100).toPrecision(2)} % of the requests and of the concurrency. Use and bill are scaled up. The hottest key is not among them; by the queueing bound its readings wait ${wait} on average.`,
    );
  }
  if (outcome.unfinished > 0) {
    lines.push(
      `${formatCount(outcome.unfinished)} messages were not committed when the simulation ended: a queue keeps growing, or waits for a retry.`,
    );
  }
  if (outcome.counts.retries > 0)
    lines.push(
      `${formatCount(outcome.counts.retries)} reads were aborted at readTimeoutMs and tried again, ${formatCount(outcome.counts.dead)} given up.`,
    );
  return lines;
}

function simulatedText({ workload, profile, seed }: Plan, { excerpt, outcome }: Forecast): string[] {
  const assumed = profile === 'aws' ? ' (assumed, not measured: plan/profile.ts)' : '';
  const simulated = `Simulated: ${formatCount(outcome.requests)} requests in ${formatDuration(excerpt.seconds * 1000)}, seed ${seed}, times of the ${profile} profile${assumed}.`;
  if (workload.arrivals === 'random') return [simulated];
  return [
    simulated,
    'All simulated requests wait before the start. So batches are full, the bill is that of the rate with full batches, and the times are those of working off the backlog.',
  ];
}

/** Without their number, the plan cannot say whether the sources allow the rate. */
function sourcesText(workload: Workload): string[] {
  const many = sourcesNeeded(workload);
  if (workload.sources !== undefined || many === 1) return [];
  const each = formatRate(sourceReadsPerSecond(workload, 1));
  return [
    `Each source allows ${each} reads a second (source), so these requests need ${formatCount(many)} sources or more. With --sources N the plan counts them as a limit.`,
  ];
}

function assumedText({ assumed }: Workload): string {
  const fields = Object.entries(assumed).map(([name, value]) => `${name} ${value}`);
  return `Not given, so assumed (weir plan --help): ${fields.join(', ')}.`;
}

/** Unneeded concurrency costs money and saves time. A second simulation gives both figures. */
function needlessText({ settings, needed }: Plan, simulated: Forecast, withNeeded: Forecast): string {
  const p99 = ({ outcome }: Forecast) => formatDuration(percentile(outcome.measured.total, 0.99));
  const usd = ({ bill }: Forecast) => formatUsd(bill.usdPerMonth);
  const reads =
    needed.readsPerInvocation === settings.readsPerInvocation
      ? ''
      : ` --reads-per-invocation ${needed.readsPerInvocation}`;
  const options = `--readers ${needed.readers} --computes ${needed.computes}${reads}`;
  const behind =
    withNeeded.outcome.unfinished > 0
      ? `, but ${formatCount(withNeeded.outcome.unfinished)} messages were not committed when that simulation ended`
      : '';
  return (
    `The simulated settings (readersMax ${settings.readers}, computesMax ${settings.computes}) are far above the needed ones. ` +
    `With ${options}: ${usd(withNeeded)} USD a month instead of ${usd(simulated)}, and 99 % of the readings within ` +
    `${p99(withNeeded)} instead of ${p99(simulated)}${behind}. ` +
    "To deploy these, set readersMax and computesMax in the limits of the pipeline's file."
  );
}

export function readingsPerSecond(workload: Workload): number {
  return meanRequestsPerSecond(workload) * workload.readingsPerRequest;
}

export function formatRate(rate: number): string {
  return rate >= 99.5 ? formatCount(Number(rate.toPrecision(3))) : String(Number(rate.toPrecision(3)));
}

const SMALLEST = 0.001;

export function formatAmount(amount: number): string {
  if (amount > 0 && amount < SMALLEST) return `< ${SMALLEST}`;
  return amount >= 99.5 ? formatCount(amount) : String(Number(amount.toPrecision(2)));
}

export function formatUsd(usd: number): string {
  return usd >= 999.5 ? formatCount(usd) : usd.toFixed(2);
}
