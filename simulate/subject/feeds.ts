/**
 * Requests that only a feed sends, in one seed of sixteen: records of a stream, of a topic or of another
 * queue, some of which cannot be requests; and some requests that a schedule sends. The seed's number selects
 * these seeds, so all others stay the same.
 */
import { type Chance, createChance } from '../world/chance.ts';
import type { PlannedFeed, PlannedRequest, UnfitRecord, Workload } from './sample-requests.ts';

const EVERY = 16;
const FIRST = 25;
/** Records come in bursts, so that a batch has many of them, or one by one. */
const BURSTS_MAX = 8;
const FED_SHARE = 0.8;
const SCHEDULED_SHARE = 0.15;
const TWICE_SHARE = 0.3;
const UNFIT_MAX = 3;
const HOUR_MS = 3_600_000;

export function withFeed(workload: Workload, seed: number): Workload {
  if (seed < FIRST || (seed - FIRST) % EVERY !== 0) return workload;
  const chance = createChance(seed, 24);
  const kind = chance.pick(['kinesis', 'kinesis', 'kafka', 'queue'] as const);
  const burstMs = workload.spanMs / (chance.happens(0.3) ? 1_000 : chance.whole(1, BURSTS_MAX));
  const requests = workload.requests.map((plan) => fed(plan, chance, burstMs));
  return { ...workload, requests, feed: { kind, unfit: drawUnfit(kind, chance, workload.spanMs) } };
}

/** Requests with their own id are left to their producer. */
function fed(plan: PlannedRequest, chance: Chance, burstMs: number): PlannedRequest {
  const [first] = plan.submitAt;
  if (plan.id !== undefined || plan.hops !== undefined || first === undefined) return plan;
  if (chance.happens(SCHEDULED_SHARE)) {
    const again = chance.happens(TWICE_SHARE) ? [first + chance.spread(1, HOUR_MS)] : [];
    const time = new Date(Math.floor(first / 60_000) * 60_000).toISOString();
    // Each has its own schedule: one schedule never fires twice in one minute.
    return { ...plan, id: `every/s${plan.n}/${time}`, isScheduled: true, submitAt: [first, ...again] };
  }
  if (!chance.happens(FED_SHARE)) return plan;
  return { ...plan, isFed: true, submitAt: [Math.floor(first / burstMs) * burstMs] };
}

/** Every record of a queue can be a request. */
function drawUnfit(kind: PlannedFeed['kind'], chance: Chance, spanMs: number): UnfitRecord[] {
  if (kind === 'queue') return [];
  return Array.from({ length: chance.whole(0, UNFIT_MAX) }, () => ({
    atMs: chance.between(0, spanMs),
    data: chance.pick([
      new Uint8Array(),
      new TextEncoder().encode('{"n":"\u0007"}'),
      Uint8Array.of(0xff, 0xfe, 0x00),
    ]),
  }));
}
