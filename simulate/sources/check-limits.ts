/** Given limits must be kept and used. */
import { createHedges } from '../../functions/reader/gate/hedges.ts';
import type { SourceLimits } from '../../functions/source.ts';
import { createVirtualClock } from '../../model/virtual-clock.ts';
import { createChance } from '../world/chance.ts';
import type { Check, Course, Must } from './check.ts';
import { drawSource } from './draw-source.ts';
import { AT_ONCE, hedgeFigures, runStraggling } from './hedge-figures.ts';
import { overloadEnded } from './overload.ts';
import {
  closedSource,
  countingSource,
  type Halving,
  type SourceModel,
  workingSource,
} from './source-model.ts';
import type { SourceRun, SourceWorld } from './source-run.ts';
import { runSource } from './source-world.ts';

const NEVER = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const SECOND_MS = 1_000;

const given = [rate, concurrency, slowReads, closedBySaying, closedSilently, tableOut, itemLost];
const still = [rateOfTheStill, slotsOfTheStill, rateOfTheLate];
const found = [foundRate, refusedAtOnce, foundConcurrency, halvedAtOnce, halvedWhileDead, halvedAgain];
export const limitChecks: readonly Check[] = [...given, ...still, ...found];

/** Each takes as long as ten of the others. */
export const hedgeChecks: readonly Check[] = [stragglers, allSlow];

type Make = (own: Parameters<typeof countingSource>[0]) => SourceModel;

function runOn(
  { seed, count }: Course,
  make: Make,
  limits: SourceLimits,
  parts: Partial<
    Pick<
      SourceWorld,
      'deaths' | 'environments' | 'hitches' | 'itemLost' | 'lastsMs' | 'requests' | 'stills' | 'tableOut'
    >
  > = {},
  halving: Halving = NEVER,
): Promise<SourceRun> {
  const clock = createVirtualClock();
  const source = make({ clock, chance: createChance(seed, 11), halving, stragglers: false, count });
  if (halving.from < Number.POSITIVE_INFINITY) count('source halved');
  return runSource({
    clock,
    chance: createChance(seed, 12),
    source,
    limits,
    environments: 3,
    requests: 1_000,
    lastsMs: 20_000,
    deaths: 0,
    tableFails: 0,
    count,
    ...parts,
  });
}

const between = (times: readonly number[], from: number, to: number): number =>
  times.filter((at) => at >= from && at < to).length;
const counting =
  (perSecond: number, burst: number): Make =>
  (own) =>
    countingSource(own, { rate: perSecond, burst, meanMs: 100, says: 'the truth' });

async function rate(course: Course, must: Must): Promise<void> {
  const run = await runOn(course, counting(21, 3), { rate: 20 }, { deaths: 0.1 });
  must(
    run.refusedAt.length <= run.askedAt.length / 50,
    `a rate is not kept to: ${run.refusedAt.length} refusals`,
  );
  must(
    run.doneAt.length >= 20 * 20 * 0.85,
    `a rate is not used: ${run.doneAt.length} reads in 20 s at 20 a second`,
  );
  must(Math.max(...run.waitedMs) <= 2_600, `a read waits ${Math.max(...run.waitedMs)} ms in its environment`);
  must(run.receives <= run.requests * 2.5, `requests are received ${run.receives / run.requests} times each`);
}

async function concurrency(course: Course, must: Must): Promise<void> {
  const working: Make = (own) => workingSource(own, { servers: 6, meanMs: 200, collapses: false });
  const run = await runOn(course, working, { concurrency: 6 }, { deaths: 0.5 });
  must(Math.max(...run.inside) <= 6 + run.deaths, `${Math.max(...run.inside)} reads at once where 6 may be`);
  must(run.doneAt.length >= 20 * 30 * 0.35, `slots are not used: ${run.doneAt.length} reads of 600`);
}

async function slowReads(course: Course, must: Must): Promise<void> {
  const working: Make = (own) => workingSource(own, { servers: 50, meanMs: 6_000, collapses: false });
  const run = await runOn(course, working, { concurrency: 4 }, { requests: 8 });
  must(Math.max(...run.inside) <= 4, `${Math.max(...run.inside)} slow reads at once where 4 may be`);
}

async function closedBySaying(course: Course, must: Must): Promise<void> {
  const closed: Make = (own) => closedSource(own, { from: 3_000, to: 13_000, meanMs: 50, says: 'the truth' });
  const run = await runOn(course, closed, { rate: 50 });
  const asked = between(run.askedAt, 4_500, 12_900);
  must(asked === 0, `${asked} reads of a source that had said when to come again`);
  must(between(run.doneAt, 17_000, 20_000) > 30, 'a source that is open again is not read');
}

async function closedSilently(course: Course, must: Must): Promise<void> {
  const closed: Make = (own) => closedSource(own, { from: 3_000, to: 15_000, meanMs: 50, says: 'garbage' });
  const run = await runOn(course, closed, { rate: 50 }, { lastsMs: 40_000, requests: 2_000 });
  const asked = between(run.askedAt, 4_500, 14_900);
  must(asked <= 12, `${asked} reads of a source that refuses all`);
  must(
    between(run.doneAt, 32_000, 40_000) > 150,
    'a source that serves again is asked by one at a time for ever',
  );
}

async function tableOut(course: Course, must: Must): Promise<void> {
  const run = await runOn(course, counting(21, 5), { rate: 20 }, { tableOut: [4_000, 14_000] });
  must(between(run.doneAt, 7_000, 13_000) > 0, 'nothing is read while the table gives no answer');
  must(between(run.askedAt, 7_000, 13_000) <= 20, 'without the table the limits do not hold');
  must(between(run.doneAt, 17_000, 20_000) > 25, 'the table is back, and limits are not used');
}

async function itemLost(course: Course, must: Must): Promise<void> {
  const run = await runOn(course, counting(21, 5), { rate: 20 }, { itemLost: 10 * SECOND_MS });
  must(run.refusedAt.length <= 4, `a lost item costs ${run.refusedAt.length} refusals`);
  must(between(run.doneAt, 12_000, 20_000) > 120, 'a lost item stops the reads');
}

async function rateOfTheStill(course: Course, must: Must): Promise<void> {
  const run = await runOn(course, counting(21, 5), { rate: 20 }, { stills: 0.5, lastsMs: 40_000 });
  must(run.refusedAt.length <= 4, `environments that stood still cost ${run.refusedAt.length} refusals`);
  must(run.doneAt.length >= 20 * 40 * 0.7, `${run.doneAt.length} reads in 40 s while some stand still`);
}

/** The most that begin within one second, wherever it begins. */
function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((from, index) => {
      const after = sorted.findIndex((at, place) => place > index && at >= from + SECOND_MS);
      return (after < 0 ? sorted.length : after) - index;
    }),
  );
}

async function rateOfTheLate(course: Course, must: Must): Promise<void> {
  for (const burst of [1, 5]) {
    const run = await runOn(course, counting(21, 5 + burst), { rate: 20, burst }, { hitches: 6 });
    const most = mostInASecond(run.askedAt);
    must(
      most <= 20 + burst,
      `${most} reads began in a second whose rate is 20 and burst ${burst}: timers fired late`,
    );
    must(run.refusedAt.length === 0, `timers that fired late cost ${run.refusedAt.length} refusals`);
    // In a fifth of the time an environment gets no processor.
    must(run.doneAt.length >= 20 * 20 * 0.7, `${run.doneAt.length} reads in 20 s while timers fire late`);
  }
}

async function slotsOfTheStill(course: Course, must: Must): Promise<void> {
  const working: Make = (own) => workingSource(own, { servers: 6, meanMs: 200, collapses: false });
  const run = await runOn(course, working, { concurrency: 6 }, { stills: 0.5 });
  // An environment that got no answer from the table continues alone, with one read.
  must(
    Math.max(...run.inside) <= 7,
    `${Math.max(...run.inside)} reads at once where 6 may be, some stand still`,
  );
}

async function foundRate(course: Course, must: Must): Promise<void> {
  const halving = { from: 15_000, to: 25_000 };
  const parts = { lastsMs: 60_000, requests: 2_500 };
  const run = await runOn(course, counting(30, 5), { concurrency: 'adaptive' }, parts, halving);
  const refused = between(run.refusedAt, 1_000, 60_000);
  must(refused <= run.askedAt.length / 15, `a rate is not found: ${refused} refusals`);
  must(between(run.refusedAt, 18_000, 25_000) <= 12, 'a rate that fell is not found');
  must(run.doneAt.length >= 1_150, `a rate that was found is not used: ${run.doneAt.length} reads`);
  must(between(run.doneAt, 50_000, 60_000) >= 180, 'a rate that rose again is not found');
}

/** The source saves up quota for two seconds, so a limit that was raised is far above its rate when it refuses. */
async function refusedAtOnce(course: Course, must: Must): Promise<void> {
  const halving = { from: 25_000, to: 60_000 };
  const parts = { lastsMs: 40_000, requests: 2_000 };
  const run = await runOn(course, counting(20, 40), { concurrency: 'adaptive' }, parts, halving);
  const first = run.refusedAt.find((at) => at >= halving.from) ?? halving.from;
  const refused = between(run.refusedAt, first + 2_000, first + 7_000);
  must(refused <= 3, `${refused} refusals more than two seconds after a halved source began to refuse`);
}

async function foundConcurrency(course: Course, must: Must): Promise<void> {
  const working: Make = (own) => workingSource(own, { servers: 8, meanMs: 100, collapses: true });
  const halving = { from: 15_000, to: 30_000 };
  const parts = { lastsMs: 30_000, requests: 3_000 };
  const run = await runOn(course, working, { concurrency: 'adaptive' }, parts, halving);
  const most = Math.max(...run.inside.slice(170, 300));
  must(most <= 16, `${most} reads at once in a source that is halved and bears 4`);
  must(between(run.doneAt, 5_000, 15_000) >= 700, 'as many reads at once as the source bears are not found');
  must(between(run.doneAt, 20_000, 30_000) >= 330, 'what a halved source bears is not found');
}

/** The source has few places and slow reads, so a window of two seconds would show the overload too late. */
async function halvedAtOnce(course: Course, must: Must): Promise<void> {
  const working: Make = (own) => workingSource(own, { servers: 6, meanMs: 400, collapses: false });
  const halving = { from: 30_000, to: 60_000 };
  const run = await runOn(course, working, { concurrency: 'adaptive' }, { lastsMs: 35_000 }, halving);
  const mean = (from: number, to: number) =>
    sumOf(run.inside.slice(from / 100, to / 100)) / ((to - from) / 100);
  const [before, after] = [mean(25_000, 30_000), mean(32_000, 34_000)];
  must(
    after <= before * 0.62,
    `${after} reads at once two seconds after a source was halved, ${before} before`,
  );
}

/** In this seed the only environment dies when the source is halved, and the next one with slots that it hardly used. */
async function halvedWhileDead({ count }: Course, must: Must): Promise<void> {
  const drawn = drawSource(692, count);
  const ended = overloadEnded(drawn, await runSource(drawn.world));
  must(ended === true, 'a limit grows while an environment that died holds the slots');
}

/** In this seed the source goes on to refuse after it was halved, unless the limiter knows what it had served before. */
async function halvedAgain({ count }: Course, must: Must): Promise<void> {
  const drawn = drawSource(2052, count);
  const ended = overloadEnded(drawn, await runSource(drawn.world));
  must(ended === true, 'a source that was halved at a rate that it had served goes on to refuse');
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);

async function stragglers(course: Course, must: Must): Promise<void> {
  const { p99, p99Hedged, asked, done } = await hedgeFigures(course.seed, course.count);
  must(p99Hedged <= p99 * 0.6, `second attempts save nothing: ${p99Hedged} ms of ${p99}`);
  must(asked <= done * 1.02, `${asked} attempts at ${done} reads`);
}

async function allSlow(course: Course, must: Must): Promise<void> {
  const halving = { from: 5_000, to: Number.POSITIVE_INFINITY };
  const { run, asked } = await runStraggling(course, createHedges(), halving);
  must(
    asked <= run.askedAt.length * 1.02 + 5,
    `${asked} attempts at ${run.askedAt.length} reads of a slow source`,
  );
  // A source continues to work on an aborted attempt.
  const most = Math.max(...run.inside);
  must(most <= AT_ONCE + 4, `${most} attempts at once where ${AT_ONCE} may be`);
  must(run.doneAt.length >= 3_900, `second attempts keep their slots: ${run.doneAt.length} reads`);
}
