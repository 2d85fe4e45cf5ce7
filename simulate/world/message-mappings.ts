/** The event source mappings that bring messages of the queues to reader and compute. */
import { padSequenceNumber } from '../../functions/state.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import type { Queue, ReceivedMessage } from '../../model/queue/types.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Pool } from '../campaign/pool.ts';
import { parseMessage, requestsIn } from '../oracle/message-facts.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Trace } from '../oracle/trace.ts';
import { requestOfBody } from '../subject/sample-requests.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Numbers } from './numbers.ts';
import { mapQueue } from './queue-mapping.ts';
import type { Queues } from './world-queues.ts';

/**
 * The mappings of reader and compute, which operators stop and start, and the environments that they invoke.
 */
export interface Mappings {
  readonly running: number;
  stop(): void;
  start(): void;
  /** Pauses or resumes on an operator's behalf, independently of other stops. */
  pause(part: 'reads' | 'computes', wanted: boolean): void;
  /** Replaces all environments except the one with that name. */
  replaceEnvironments(but: string | undefined): void;
}

interface MappingsWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly trace: Trace;
  /** For the mapping of the backfill lane, so that seeds without one keep their course. */
  readonly laneChance: Chance;
}

export function mapQueues(
  queues: Queues,
  settings: Settings,
  numbers: Numbers,
  pool: (name: 'reader' | 'compute') => Pool,
  own: MappingsWorld,
): Mappings {
  const { chance, oracle } = own;
  const pools = { reader: pool('reader'), compute: pool('compute') };
  const pollMsMax = chance.spread(5, 3_000);
  const nothing = () => {};
  const mapRequests = (queue: Queue, world: MappingsWorld) =>
    mapQueue(
      {
        queue,
        pool: pools.reader,
        concurrency: world.chance.whole(1, 4),
        pollMsMax,
        batchSize: settings.reader.batchSize,
        timeoutMs: settings.reader.timeoutSeconds * 1000,
        describe: ({ body, receiveCount }) => `#${requestOfBody(body)} (receive ${receiveCount})`,
        invoking: nothing,
        answered: nothing,
        deleted: oracle.requestDeleted,
      },
      world,
    );
  const reads = [mapRequests(queues.requests, own)];
  if (queues.backfill !== undefined)
    reads.push(mapRequests(queues.backfill, { ...own, chance: own.laneChance }));
  const readings = mapQueue(
    {
      queue: queues.readings,
      pool: pools.compute,
      concurrency: chance.whole(1, 4),
      pollMsMax,
      told: tellNumbers(numbers, oracle),
      batchSize: settings.compute.batchSize,
      timeoutMs: settings.compute.timeoutSeconds * 1000,
      describe: describeReadings,
      invoking: oracle.computing,
      answered: oracle.computed,
      deleted: oracle.messageDeleted,
    },
    own,
  );
  return {
    get running() {
      return [...reads, readings].reduce((sum, { running }) => sum + running, 0);
    },
    stop() {
      for (const mapping of [...reads, readings]) mapping.stop();
    },
    start() {
      for (const mapping of [...reads, readings]) mapping.start();
    },
    pause(part, wanted) {
      for (const mapping of part === 'reads' ? reads : [readings]) mapping.pause(wanted);
    },
    replaceEnvironments(but) {
      for (const each of Object.values(pools)) each.replace(but);
    },
  };
}

function describeReadings({ body, receiveCount }: ReceivedMessage): string {
  const message = parseMessage(body);
  return `${message === undefined ? 'junk' : `${requestsIn(message)} ${message.identity}`} (receive ${receiveCount})`;
}

/** The sequence number that compute receives with a message. */
function tellNumbers(numbers: Numbers, oracle: Oracle): (message: ReceivedMessage) => string {
  const highest = new Map<string, string>();
  return ({ group = '', sequenceNumber = '' }) => {
    const number = padSequenceNumber(numbers.told(sequenceNumber));
    const before = highest.get(group) ?? '';
    if (numbers.fall && number < before) oracle.count('numbersFell');
    highest.set(group, number > before ? number : before);
    return BigInt(number).toString();
  };
}
