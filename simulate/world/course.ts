/** The course of a run: producers submit requests while anything may fail, then the faults end. */
import { attributesOf, type PlannedRequest } from '../subject/sample-requests.ts';
import { queueOfProducer } from './lanes.ts';
import { redriveSome, steerSome } from './operator.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const REST_MS_MAX = 10 * 24 * HOUR_MS;

/**
 * Schedules the events of the run; returns the time at which the faults end. `attend` starts operators who see
 * each stopped key at once, until a time.
 */
export function schedule(world: World, attend?: (until: number) => void): number {
  const { chance, clock, workload, rollout, oracle, trace, faults } = world;
  const start = clock.now();
  const at = (ms: number, act: () => void) => void clock.sleep(ms).then(act);
  for (const plan of workload.requests) {
    plan.submitAt.forEach((ms, repeat) => {
      at(ms, () => (plan.isFed ? world.feed?.append(plan) : submit(world, plan, repeat > 0)));
    });
  }
  for (const { atMs, data } of workload.feed?.unfit ?? []) at(atMs, () => world.feed?.append(data));
  const lastMs = Math.max(workload.spanMs, ...workload.requests.flatMap(({ submitAt }) => submitAt));
  const healMs = lastMs + chance.spread(1_000, 3 * HOUR_MS);
  for (const which of ['requests', 'readings'] as const) {
    const times = chance.happens(0.6) ? chance.whole(1, chance.pick([4, 4, 20])) : 0;
    for (let time = 0; time < times; time += 1)
      at(chance.spread(1_000, healMs), () => redriveSome(world, which));
  }
  for (let time = workload.mode.poison === 'stop' ? chance.whole(0, 15) : 0; time > 0; time -= 1) {
    at(chance.between(0, healMs), () => steerSome(world));
  }
  if (workload.attended) attend?.(start + healMs);
  // Not in calm seeds: a build that gives back messages of a newer one would look like a fault of a
  // neighbour.
  if (chance.happens(0.5) && !faults.calm) {
    const deployMs = chance.between(0, workload.spanMs);
    const rolledOutMs = deployMs + chance.spread(1_000, HOUR_MS);
    at(deployMs, () => {
      trace.add('a second build is being deployed');
      oracle.count('deploy');
      rollout.builds = [1, 2];
      rollout.newest = 2;
    });
    at(rolledOutMs, () => {
      rollout.builds = [2];
    });
    if (world.secondBuild === 'another state') scheduleRollback(world, rolledOutMs, healMs, at);
  }
  if (chance.happens(0.2)) at(chance.between(0, workload.spanMs), () => sendJunk(world));
  return start + healMs;
}

/** Keys that the second build has changed wait until it runs again. */
function scheduleRollback(
  { rollout, oracle, trace, chance }: World,
  fromMs: number,
  healMs: number,
  at: (ms: number, act: () => void) => void,
): void {
  if (fromMs >= healMs || chance.happens(0.4)) return;
  at(chance.between(fromMs, healMs), () => {
    trace.add('the second build is rolled back');
    oracle.count('rollback');
    rollout.builds = [1];
  });
}

export function submit({ queues, oracle }: World, plan: PlannedRequest, repeat: boolean): void {
  if (repeat) oracle.count(plan.isScheduled ? 'scheduledTwice' : 'requestRepeated');
  if (repeat && (plan.submitAt[1] ?? 0) - (plan.submitAt[0] ?? 0) > 5 * 60_000)
    oracle.count('requestRepeatedLate');
  queueOfProducer(queues, plan).send({ body: plan.body, attributes: attributesOf(plan) });
}

/** A message that Weir did not write, in the group of a key that it serves. */
function sendJunk({ chance, queues, oracle }: World): void {
  oracle.count('junkMessage');
  const group = chance.happens(0.5) ? 'elsewhere' : 'alpha';
  const body = chance.pick(['rubbish', '{}', '[1]', 'null', '{"key":"alpha","v":1}']);
  queues.readings.send({ body, group, deduplicationId: 'junk' });
}

export async function heal({ clock, faults, rollout, chance, trace }: World, healAt: number): Promise<void> {
  // The clock may be earlier than `healAt` if no event was left.
  await clock.advance(Math.max(0, healAt - clock.now()));
  trace.add('everything heals');
  faults.heal();
  if (rollout.newest === 2 || rollout.builds.includes(2) || chance.happens(0.7)) rollout.builds = [2];
}

export async function rest({ clock, oracle, trace }: World): Promise<void> {
  const idle = await clock.runUntilIdle(clock.now() + REST_MS_MAX);
  trace.add('at rest');
  if (!idle) oracle.broken('liveness', 'something still goes on long after everything healed', 'clock');
}
