/**
 * A backfill beside live requests: both lanes must keep to the limits of the source, and live reads keep their
 * latency.
 */
import type { SourceLimits } from '../../functions/source.ts';
import { createVirtualClock } from '../../model/virtual-clock.ts';
import { createChance } from '../world/chance.ts';
import type { Check, Course, Must } from './check.ts';
import { closedSource, countingSource, type SourceModel, workingSource } from './source-model.ts';
import type { SourceRun, SourceWorld } from './source-run.ts';
import { runSource } from './source-world.ts';

const LASTS_MS = 20_000;
const RATE = 20;
const SHARE = 0.3;
const LIVE_PER_SECOND = 10;

export const laneChecks: readonly Check[] = [rate, alone, slots, closed, tableOut];

type ModelWorld = Parameters<typeof countingSource>[0];
type Own = Partial<Pick<SourceWorld, 'backfill' | 'comeOverMs' | 'deaths' | 'requests' | 'tableOut'>>;

const backfill = { requests: 500, share: SHARE };
const counting = (own: ModelWorld): SourceModel =>
  countingSource(own, { rate: RATE + 0.5, burst: 3, meanMs: 100, says: 'the truth' });

function run(
  { seed, count }: Course,
  make: (own: ModelWorld) => SourceModel,
  limits: SourceLimits,
  own: Own = {},
): Promise<SourceRun> {
  const clock = createVirtualClock();
  const halving = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const source = make({ clock, chance: createChance(seed, 11), halving, stragglers: false, count });
  return runSource({
    ...{ clock, chance: createChance(seed, 12), source, limits, count, lastsMs: LASTS_MS, tableFails: 0 },
    environments: 3,
    requests: (LIVE_PER_SECOND * LASTS_MS) / 1000,
    comeOverMs: LASTS_MS - 1_000,
    deaths: 0,
    backfill,
    ...own,
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, ms) => sum + ms, 0) / values.length;

async function rate(course: Course, must: Must): Promise<void> {
  const busy = await run(course, counting, { rate: RATE }, { deaths: 0.1, requests: 0.85 * RATE * 20 });
  const { refusedAt, askedAt } = busy;
  must(refusedAt.length <= askedAt.length / 100, `two lanes pass a rate: ${refusedAt.length} refusals`);
  const beside = await run(course, counting, { rate: RATE });
  const live = await run(course, counting, { rate: RATE }, { backfill: { requests: 0, share: SHARE } });
  const ofShare = (RATE * SHARE * LASTS_MS) / 1000;
  const { length } = beside.backfillAt;
  must(length <= ofShare * 1.1, `${length} reads of a backfill whose share is ${ofShare}`);
  must(length >= ofShare * 0.5, `only ${length} reads of a backfill whose share is ${ofShare}`);
  const longer = mean(beside.waitedMs) - mean(live.waitedMs);
  must(longer <= 1_000 / RATE, `live reads wait ${longer} ms longer beside a backfill`);
}

/** Live requests ask for more than there is. */
async function alone(course: Course, must: Must): Promise<void> {
  const { doneAt, backfillAt } = await run(
    course,
    counting,
    { rate: RATE },
    { requests: 2_000, comeOverMs: 0 },
  );
  must(backfillAt.length > 0, 'a backfill stops while live requests use all of a source');
  must(
    doneAt.length >= RATE * 20 * 0.8,
    `${doneAt.length} live reads beside a backfill that should give way`,
  );
}

async function slots(course: Course, must: Must): Promise<void> {
  const working = (own: ModelWorld) => workingSource(own, { servers: 10, meanMs: 400, collapses: false });
  const both = await run(course, working, { concurrency: 10 }, { requests: 1_000, comeOverMs: 0 });
  must(
    Math.max(...both.inside) <= 10,
    `${Math.max(...both.inside)} reads at once of two lanes where 10 may be`,
  );
  const older = await run(course, working, { concurrency: 10 }, { requests: 0 });
  const most = Math.max(...older.backfillInside);
  must(most <= 10 * SHARE, `${most} reads at once of a backfill where ${10 * SHARE} may be`);
}

async function closed(course: Course, must: Must): Promise<void> {
  const make = (own: ModelWorld) =>
    closedSource(own, { from: 3_000, to: 13_000, meanMs: 50, says: 'the truth' });
  const both = await run(course, make, { rate: RATE });
  const asked = both.askedAt.filter((at) => at >= 4_500 && at < 12_900).length;
  must(asked === 0, `${asked} reads of a source that had told the other lane when to come again`);
  must(
    both.backfillAt.some((at) => at >= 15_000),
    'a backfill does not go on when its source is open again',
  );
}

async function tableOut(course: Course, must: Must): Promise<void> {
  const parts = { requests: 2_000, comeOverMs: 0, tableOut: [4_000, 14_000] } as const;
  const both = await run(course, counting, { rate: 250 }, parts);
  const asked = both.askedAt.filter((at) => at >= 7_000 && at < 13_000).length;
  // Three environments of fifty in each lane: their parts of 250 a second.
  must(asked <= 6 * 3 * (250 / 50) * 1.3, `${asked} reads of two lanes without the table`);
}
