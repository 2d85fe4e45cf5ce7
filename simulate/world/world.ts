/** The world of a seed: the services on a virtual clock, and the functions in their environments. */
import { deriveSettings, type Settings } from '../../infra/settings/settings.ts';
import { createVirtualClock, type VirtualClock } from '../../model/virtual-clock.ts';
import type { Pool, Rollout } from '../campaign/pool.ts';
import { type Counters, createCounters } from '../oracle/counters.ts';
import { forgetMessages } from '../oracle/message-facts.ts';
import type { Oracle } from '../oracle/oracle.ts';
import { createTrace, type Trace } from '../oracle/trace.ts';
import type { Workload } from '../subject/sample-requests.ts';
import type { Subject } from '../subject/subject.ts';
import { type Chance, createChance } from './chance.ts';
import { environmentsOf } from './environments.ts';
import { createOutages, drawFaults, type Faults } from './faults.ts';
import { createFeed, type Feed } from './feed.ts';
import { type Mappings, mapQueues } from './message-mappings.ts';
import { createNetwork, type Network } from './network.ts';
import { growing, type Numbers } from './numbers.ts';
import { isOfAnotherState, type SecondBuild } from './second-build.ts';
import { createTable, type Table } from './table.ts';
import { createStream, type Stream } from './table-stream-mapping.ts';
import { createQueues, type Queues } from './world-queues.ts';

export interface World {
  readonly clock: VirtualClock;
  /** For the events of the run; the services have their own streams. */
  readonly chance: Chance;
  readonly counters: Counters;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly trace: Trace;
  readonly workload: Workload;
  readonly rollout: Rollout;
  readonly secondBuild: SecondBuild;
  readonly table: Table;
  readonly stream: Stream;
  readonly queues: Queues;
  readonly network: Network;
  readonly mappings: Mappings;
  /** Undefined if the workload has no feed. */
  readonly feed: Feed | undefined;
}

export function createWorld(
  seed: number,
  keepTrace: boolean,
  subject: Subject,
  onViolation: () => void = () => {},
): World {
  forgetMessages();
  const clock = createVirtualClock();
  const trace = createTrace(clock.now, keepTrace);
  const chance = createChance(seed, 0);
  const counters = createCounters();
  const settings = deriveSettings(subject.limits, subject.settings ?? {});
  const { workload, about } = subject.draw(seed);
  const faults = faultsOf(seed, subject, workload, { counters, clock });
  const numbers = numbersOf(seed, subject, workload, clock.now());
  trace.add(`${about}; ${numbers.description}; faults: ${faults.description}`);
  const secondBuild = drawSecondBuild(seed, subject);
  const oracle = subject.judge({
    secondBuild,
    workload,
    counters,
    trace,
    calm: faults.calm,
    now: clock.now,
    numbers,
    item: (pk, sk) => table.item(pk, sk),
    onViolation,
  });
  const table = createTable(createChance(seed, 4), ({ after }) => {
    if (after !== undefined) stream.append(after);
  });
  const patience = workload.deadly || subject.outages !== undefined ? 'long' : 'drawn';
  const queues = createQueues(seed, settings, patience, subject.lanes?.(seed) === true, {
    clock,
    chance,
    oracle,
  });
  const rollout: Rollout = { builds: [1] };
  const network = createNetwork(clock, createChance(seed, 5), faults, oracle.disturbed);
  const own = { clock, chance, oracle, faults, trace, rollout };
  const reached = { ...own, network, table, queues, secondBuild };
  const pool = environmentsOf(seed, subject, workload, reached);
  const stream = streamTo(pool('writer'), settings, own);
  const mappings = mapQueues(queues, settings, numbers, pool, { ...own, laneChance: createChance(seed, 22) });
  const feed =
    workload.feed &&
    createFeed(workload.feed, pool('feed'), { ...own, queues, chance: createChance(seed, 26) });
  return { ...reached, counters, workload, stream, mappings, feed };
}

type Own = Pick<World, 'clock' | 'chance' | 'oracle' | 'faults' | 'trace'>;

function streamTo(pool: Pool, { writer }: Settings, own: Own): Stream {
  const options = {
    pool,
    shards: own.chance.whole(1, 2),
    batchSize: writer.batchSize,
    retryAttempts: writer.retryAttempts,
    timeoutMs: writer.timeoutSeconds * 1000,
  };
  return createStream(options, own);
}

function faultsOf(
  seed: number,
  { outages }: Subject,
  { spanMs, deadly }: Workload,
  world: Pick<World, 'counters' | 'clock'>,
): Faults {
  const start = world.clock.now();
  const chance = createChance(seed, 3);
  if (outages !== undefined) return createOutages(chance, world, outages(start));
  return drawFaults(chance, world, { from: start, to: start + spanMs * 1.5 }, deadly);
}

function numbersOf(seed: number, { numbers }: Subject, { spanMs }: Workload, start: number): Numbers {
  return numbers?.(createChance(seed, 9), { from: start, to: start + spanMs }) ?? growing;
}

function drawSecondBuild(seed: number, { keyLife }: Subject): SecondBuild {
  if (keyLife && isOfAnotherState(seed)) return 'another state';
  return createChance(seed, 11).pick(['newer formats', 'newer formats', 'another attribute']);
}
