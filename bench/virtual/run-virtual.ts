/**
 * The real reader and compute on a virtual clock, with AWS's latencies as a profile (plan/profile.ts) and a
 * processor for each environment. The difference from the schedule's limit is due to the algorithm and the
 * latencies, not to this machine. The environments are warm and all requests are in the queue at the start,
 * as in the schedule.
 */
import { defaultLimits } from '../../functions/limits.ts';
import type { Observe } from '../../functions/ports.ts';
import { deriveSettings } from '../../infra/settings/settings.ts';
import { createQueue } from '../../model/queue/queue.ts';
import { createRandom } from '../../model/random.ts';
import { createVirtualClock } from '../../model/virtual-clock.ts';
import type { Profile } from '../../plan/profile.ts';
import { createChance } from '../../simulate/world/chance.ts';
import { createEnvironment } from '../../simulate/world/simulated-environment.ts';
import { createTable } from '../../simulate/world/table.ts';
import type { Effect } from '../measurement.ts';
import { readingsOf, type TimedRequest } from '../requests.ts';
import { queueOf, type Services } from './clients.ts';
import { computeOn, DEAD, READINGS, REQUESTS, readerOn } from './functions-on.ts';
import { startMapping, type Warm } from './mapping.ts';

export interface VirtualOptions {
  readonly profile: Profile;
  /** Over all readers, as in the schedule that it is compared with. */
  readonly readsAtOnce: number;
  readonly computes: number;
  readonly seed: number;
}

export interface VirtualRun {
  readonly effects: readonly Effect[];
  /** End of each read, in ms from the start. */
  readonly reads: readonly number[];
  /** By operation. */
  readonly calls: ReadonlyMap<string, number>;
}

export async function runVirtual(
  requests: readonly TimedRequest[],
  options: VirtualOptions,
): Promise<VirtualRun> {
  const { profile, readsAtOnce, computes } = options;
  const services = servicesOf(options);
  const watch = watchEffects(readingsOf(requests), services.clock.now());
  const start = (count: number, name: string, handlerOf: typeof readerOn) =>
    Array.from({ length: count }, (_, index): Warm => {
      const environment = createEnvironment(`${name}~${index + 1}`, 1, services.clock, (reason) =>
        watch.fail(new Error(`${name} died: ${reason}`)),
      );
      return { environment, handle: handlerOf(environment, services, watch.observe) };
    });
  const { reader, compute } = SETTINGS;
  startMapping(services, watch.fail, {
    queue: queueOf(services, REQUESTS),
    receive: profile.receive,
    environments: start(Math.ceil(readsAtOnce / defaultLimits.readsPerInvocation), 'reader', readerOn),
    timeoutMs: reader.timeoutSeconds * 1000,
  });
  startMapping(services, watch.fail, {
    queue: queueOf(services, READINGS),
    receive: profile.receiveFifo ?? profile.receive,
    environments: start(computes, 'compute', computeOn),
    timeoutMs: compute.timeoutSeconds * 1000,
  });
  for (const request of requests) queueOf(services, REQUESTS).send({ body: JSON.stringify(request) });
  await services.clock.run(watch.ended);
  return { effects: watch.effects, reads: watch.reads, calls: services.calls };
}

const SETTINGS = deriveSettings(defaultLimits);

function servicesOf({ profile, seed }: VirtualOptions): Services {
  const clock = createVirtualClock();
  const random = createRandom(seed);
  const queue = (name: string, { visibilityTimeoutSeconds }: { visibilityTimeoutSeconds: number }) => {
    const visibilityTimeoutMs = visibilityTimeoutSeconds * 1000;
    const fifo = name.endsWith('.fifo');
    return createQueue({ name, url: name, fifo, visibilityTimeoutMs }, { clock, random });
  };
  const queues = new Map([
    [REQUESTS, queue(REQUESTS, SETTINGS.requests)],
    [READINGS, queue(READINGS, SETTINGS.readings)],
    [DEAD, queue(DEAD, SETTINGS.results)],
  ]);
  const table = createTable(createChance(seed, 0), () => {});
  return { clock, random, profile, table, queues, calls: new Map() };
}

/** `ended` resolves with the last effect. */
function watchEffects(wanted: number, startedAt: number) {
  const effects: Effect[] = [];
  const reads: number[] = [];
  const all = Promise.withResolvers<void>();
  let made = 0;
  const observe: Observe = (seen) => {
    if (seen.kind === 'failure') all.reject(new Error(`${seen.stage} failed: ${seen.reason}`));
    if (seen.kind === 'read') reads.push(seen.end - startedAt);
    if (seen.kind !== 'commit' || seen.committed === undefined) return;
    effects.push({ atMs: seen.end - startedAt, readings: seen.committed.applied });
    made += seen.committed.applied;
    if (made === wanted) all.resolve();
  };
  return { effects, reads, observe, ended: all.promise, fail: (error: Error) => all.reject(error) };
}
