/**
 * The plan of a workload: the settings that it needs, its latency, the first limit that it reaches, and its cost. Closed forms
 * decide whether the rate is possible at all. Only then is it simulated.
 */
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { PriceList } from '../local/bill/prices.ts';
import { createRandom } from '../model/random.ts';
import { arrivals, chooseExcerpt, type Excerpt } from './arrivals.ts';
import { type BackfillPlan, planBackfill } from './backfill.ts';
import { type Bill, billOf } from './bill.ts';
import { headroom, minutesToScale, sendLimit, shardsOf } from './headroom.ts';
import { type HottestKey, hottestKey } from './hottest-key.ts';
import type { Limit } from './limit.ts';
import type { Concurrency, Outcome } from './model/model.ts';
import { type SimulateWatch, simulate } from './model/simulate.ts';
import type { Profile } from './profile.ts';
import { quotas } from './quotas.ts';
import { chooseSettings, computesInUse, concurrencyFor, readersInUse, type Settings } from './settings.ts';
import { workOf } from './work.ts';
import { meanRequestsPerSecond, type Workload } from './workload.ts';

export interface PlanOptions {
  readonly profile: Profile;
  /** A profile with worse times, which is simulated too, with the same settings. */
  readonly pessimistic?: Profile;
  readonly prices: PriceList;
  readonly region: string;
  readonly seed: number;
  /** Approximate number of requests to simulate. */
  readonly requests: number;
}

export interface Plan {
  readonly workload: Workload;
  readonly profile: string;
  readonly region: string;
  readonly seed: number;
  /** The rate is possible now, with the settings in `needed`, after AWS raises a quota, or with no settings. */
  readonly verdict: 'fits' | 'settings' | 'quota' | 'never';
  /** The limits that are exceeded. */
  readonly exceeded: readonly Limit[];
  /** The first limit that a rising rate reaches, except settings. */
  readonly first: Limit | undefined;
  readonly limits: readonly Limit[];
  /** The settings of the simulation: the given ones if they are enough, else the needed ones. */
  readonly settings: Settings;
  readonly needed: Settings;
  readonly hottest: HottestKey;
  /** Number of readers with which no request waits for one, even without pulls; undefined if there are enough. */
  readonly readersForLatency: number | undefined;
  /** Minutes to scale from zero to the concurrency of the peak. */
  readonly scaleMinutes: number;
  /** Undefined if the rate is not possible: the queues would only grow. */
  readonly forecast: Forecast | undefined;
  /** The forecast with the pessimistic profile. */
  readonly pessimistic: Forecast | undefined;
  /** Undefined if the workload has no backfill, or if the rate of the live requests is not possible. */
  readonly backfill: BackfillPlan | undefined;
  /** The forecast with the needed settings, if the simulated ones are far above them. */
  readonly withNeeded: Forecast | undefined;
}

export interface Forecast {
  readonly outcome: Outcome;
  readonly excerpt: Excerpt;
  readonly shards: number;
  readonly sendsPerSecond: number;
  readonly bill: Bill;
  readonly inUse: { readonly readers: number; readonly computes: number };
}

export async function makePlan(
  workload: Workload,
  options: PlanOptions,
  watch?: SimulateWatch,
): Promise<Plan> {
  const { profile, region, seed } = options;
  const given = chooseSettings(workload, profile);
  const closed = headroom(workload, given, profile, region);
  const needed = chooseSettings(withoutSettings(workload), profile);
  const settings = verdictOf(closed) === 'settings' ? needed : given;
  const forecast =
    verdictOf(closed) === 'never' ? undefined : await forecastOf(workload, settings, options, watch);
  const others =
    forecast === undefined
      ? { withNeeded: undefined, pessimistic: undefined, backfill: undefined }
      : await furtherOf(workload, settings, needed, options, watch?.signal);
  const limits = [
    ...closed,
    ...(forecast === undefined ? [] : [sendLimit(workload, forecast.sendsPerSecond, region)]),
  ];
  limits.sort((a, b) => b.used / b.limit - a.used / a.limit);
  const [first] = limits
    .filter(
      ({ kind, confidence, reachedAt }) =>
        kind !== 'setting' && confidence !== 'U' && reachedAt !== undefined,
    )
    .sort((a, b) => (a.reachedAt ?? 0) - (b.reachedAt ?? 0));
  return {
    workload,
    profile: profile.name,
    region,
    seed,
    first,
    limits,
    settings,
    needed,
    forecast,
    ...others,
    verdict: verdictOf(limits),
    exceeded: limits.filter(isExceeded),
    hottest: hottestKey(workload, profile),
    readersForLatency: readersForLatency(workload, settings, profile),
    scaleMinutes: minutesToScale(Math.max(settings.readers, settings.computes)),
  };
}

/** Further simulations of a rate that is possible, with other times, other settings, or the requests of a backfill. */
async function furtherOf(
  workload: Workload,
  settings: Settings,
  needed: Settings,
  options: PlanOptions,
  signal: AbortSignal | undefined,
): Promise<Pick<Plan, 'withNeeded' | 'pessimistic' | 'backfill'>> {
  const isOver = () => signal?.aborted === true;
  const again = (own: Workload, of: Settings, profile = options.profile) =>
    forecastOf(own, of, { ...options, profile }, signal && { signal });
  const { profile, pessimistic, region, prices } = options;
  const { usd = 0, per = 1 } = prices.items['dynamodb.writeUnits'] ?? {};
  const billOf = async (own: Workload, of: Settings) => (await again(own, of)).bill;
  return {
    withNeeded: isFarAbove(settings, needed) && !isOver() ? await again(workload, needed) : undefined,
    pessimistic:
      pessimistic === undefined || isOver() ? undefined : await again(workload, settings, pessimistic),
    backfill: isOver()
      ? undefined
      : await planBackfill(workload, { settings, profile, region, usdPerWrite: usd / per, billOf }),
  };
}

/** Limits that no source confirms do not decide. */
function verdictOf(limits: readonly Limit[]): Plan['verdict'] {
  const sure = limits.filter((limit) => isExceeded(limit) && limit.confidence !== 'U');
  if (sure.some(({ kind }) => kind === 'fixed')) return 'never';
  if (sure.some(({ kind }) => kind === 'quota')) return 'quota';
  return sure.some(({ reachedAt, kind }) => kind === 'setting' && reachedAt !== undefined)
    ? 'settings'
    : 'fits';
}

const FAR_ABOVE = 2;

function isFarAbove(settings: Settings, needed: Settings): boolean {
  return settings.readers >= FAR_ABOVE * needed.readers || settings.computes >= FAR_ABOVE * needed.computes;
}

function isExceeded({ used, limit }: Limit): boolean {
  return used > limit;
}

function withoutSettings(workload: Workload): Workload {
  return { ...workload, readers: undefined, computes: undefined, readsPerInvocation: undefined };
}

function readersForLatency(workload: Workload, { readers }: Settings, profile: Profile): number | undefined {
  const mean = meanRequestsPerSecond(workload);
  const wanted = concurrencyFor(readersInUse(mean, workload, profile, SQS_BATCH_ENTRIES_MAX));
  return wanted > readers ? wanted : undefined;
}

const DRAIN_MS = 600_000;

async function forecastOf(
  workload: Workload,
  settings: Settings,
  { profile, prices, seed, requests }: PlanOptions,
  watch?: SimulateWatch,
): Promise<Forecast> {
  const excerpt = chooseExcerpt(workload, requests, Math.min(settings.readers, settings.computes));
  const shards = shardsOf(workload, profile);
  const { share } = excerpt.keys;
  const base = workload.requestsPerSecond;
  const computes = scaled(settings.computes, computesInUse(base, workload, profile), workload, share);
  const outcome = await simulate(
    {
      profile,
      random: createRandom(seed),
      requests: arrivals(workload, excerpt, createRandom(seed + 1)),
      readers: scaled(
        settings.readers,
        readersInUse(base, workload, profile, settings.readsPerInvocation),
        workload,
        share,
      ),
      computes,
      shards: Math.max(1, Math.round(shards * share)),
      endAtMs: excerpt.seconds * 1000 + DRAIN_MS,
      work: workOf(workload, settings, profile, computes.max),
    },
    watch,
  );
  const inUse = (busyMs: number) => busyMs / Math.max(1, outcome.durationMs) / share;
  return {
    outcome,
    excerpt,
    shards,
    bill: billOf(workload, outcome, prices),
    sendsPerSecond: (meanRequestsPerSecond(workload) * outcome.counts.sends) / Math.max(1, outcome.requests),
    inUse: { readers: inUse(outcome.reader.busyMs), computes: inUse(outcome.compute.busyMs) },
  };
}

/** With bursts, only the concurrency that the rate between bursts needs is warm at the start. */
function scaled(max: number, inUseBetween: number, { burst }: Workload, share: number): Concurrency {
  const start = burst === undefined ? max : Math.min(max, concurrencyFor(inUseBetween));
  const of = (concurrency: number) => Math.max(1, Math.round(concurrency * share));
  return {
    start: of(start),
    max: of(max),
    growthPerSecond: (quotas.growthPerMinute.value / 60) * share,
    warm: of(start),
  };
}

/** The value that this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
