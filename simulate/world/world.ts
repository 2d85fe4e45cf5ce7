/** Everything that one seed runs on: the services on a virtual clock, the functions in their environments. */
import { padSequenceNumber } from '../../functions/state.ts';
import { deriveSettings, type Settings } from '../../infra/settings/settings.ts';
import { createQueue } from '../../model/queue/queue.ts';
import type { Queue, ReceivedMessage, SendResult, SqsMessage } from '../../model/queue/types.ts';
import { createVirtualClock, type VirtualClock } from '../../model/virtual-clock.ts';
import { createPool, type Pool, type Rollout } from '../campaign/pool.ts';
import { type Counters, createCounters } from '../oracle/counters.ts';
import { forgetMessages, parseMessage, requestsIn } from '../oracle/facts.ts';
import type { Oracle } from '../oracle/oracle.ts';
import { createTrace, type Trace } from '../oracle/trace.ts';
import { requestOfBody, type Workload } from '../subject/sample-requests.ts';
import { type Subject, sampleSubject } from '../subject/subject.ts';
import { type Chance, createChance } from './chance.ts';
import { createOutages, drawFaults, type Faults } from './faults.ts';
import { startFunction } from './functions.ts';
import { createNetwork, type Network } from './network.ts';
import { growing, type Numbers } from './numbers.ts';
import { mapQueue } from './queue-mapping.ts';
import { simulatedReading } from './reading-process.ts';
import type { SecondBuild } from './second-build.ts';
import type { Computer } from './simulated-environment.ts';
import { createTable, type Table } from './table.ts';
import { createStream, type Stream } from './table-stream-mapping.ts';
import { simulatedThreads } from './threads.ts';

export interface World {
  readonly clock: VirtualClock;
  /** For the course of events; the services have streams of their own. */
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
}

/** Those of reader and compute, as an operator stops and starts them; and the environments that they invoke. */
export interface Mappings {
  readonly running: number;
  stop(): void;
  start(): void;
  /** With new ones, all but the one of that name. */
  replaceEnvironments(but: string | undefined): void;
}

export interface Queues {
  readonly requests: Queue;
  readonly requestsDead: Queue;
  readonly readings: Queue;
  readonly readingsDead: Queue;
}

export function createWorld(seed: number, keepTrace: boolean, subject: Subject = sampleSubject): World {
  forgetMessages();
  const clock = createVirtualClock();
  const trace = createTrace(clock.now, keepTrace);
  const chance = createChance(seed, 0);
  const counters = createCounters();
  const settings = deriveSettings(subject.limits, subject.settings ?? {});
  const { workload, about } = subject.draw(seed);
  const start = clock.now();
  const span = { from: start, to: start + workload.spanMs * 1.5 };
  const faultsChance = createChance(seed, 3);
  const faults =
    subject.outages === undefined
      ? drawFaults(faultsChance, { counters, clock }, span, workload.deadly)
      : createOutages(faultsChance, { counters, clock }, subject.outages(start));
  const numbers =
    subject.numbers?.(createChance(seed, 9), { from: start, to: start + workload.spanMs }) ?? growing;
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
  });
  const table = createTable(createChance(seed, 4), ({ after }) => {
    if (after !== undefined) stream.append(after);
  });
  const queues = createQueues(
    seed,
    settings,
    clock,
    chance,
    oracle,
    workload.deadly || subject.outages !== undefined,
  );
  const rollout: Rollout = { builds: [1] };
  const network = createNetwork(clock, createChance(seed, 5), faults, oracle.disturbed);
  const own = { clock, chance, oracle, faults, trace, rollout };
  const services = { ...own, network, table, secondBuild, random: chance.random, queues: byUrl(queues) };
  const functionsChance = createChance(seed, 6);
  const { mode, initials, readMsMax } = workload;
  const sampleWorld = {
    chance: functionsChance,
    faults,
    oracle,
    mode,
    requests: oracle.plans,
    initials,
    readMsMax,
    deathsLeft: new Map<string, number>(),
    secondBuild,
  };
  const deployment = { services, random: functionsChance.random, urls: urlsOf(queues) };
  const pool = (name: 'reader' | 'compute' | 'writer') =>
    createPool(name, {
      ...own,
      start: (environment) => {
        const pipelineOn = (computer: Computer) => subject.pipelineOn(environment, computer, sampleWorld);
        const pipeline = pipelineOn(environment);
        const apart = {
          foldApart: simulatedThreads(environment, pipeline.limits, sampleWorld, pipelineOn),
          startReading: simulatedReading(environment, oracle, pipelineOn),
        };
        return startFunction(name, environment, pipeline, apart, deployment);
      },
    });
  const stream = createStream(
    {
      pool: pool('writer'),
      shards: chance.whole(1, 2),
      batchSize: settings.writer.batchSize,
      retryAttempts: settings.writer.retryAttempts,
      timeoutMs: settings.writer.timeoutSeconds * 1000,
    },
    own,
  );
  const mappings = mapQueues(queues, settings, numbers, pool, own);
  const seen = { clock, chance, counters, faults, oracle, trace, workload, rollout, secondBuild };
  return { ...seen, table, stream, queues, network, mappings };
}

function drawSecondBuild(seed: number, { keyLife }: Subject): SecondBuild {
  if (keyLife && createChance(seed, 14).happens(0.3)) return 'another state';
  return createChance(seed, 11).pick(['newer formats', 'newer formats', 'another attribute']);
}

/** Of a message of readings. SQS's own 1,000 would only make a run long that fails already. */
const RECEIVES_MAX = 40;

function createQueues(
  seed: number,
  settings: Settings,
  clock: VirtualClock,
  chance: Chance,
  oracle: Oracle,
  patient: boolean,
): Queues {
  const world = { clock, random: createChance(seed, 7).random };
  const retentionMs = settings.requests.retentionDays * 86_400_000;
  const requestsDead = createQueue({ name: 'requests-dead', retentionMs }, world);
  const readingsDead = createQueue(
    { name: 'readings-dead.fifo', retentionMs, deduplicationScope: 'messageGroup' },
    world,
  );
  // Many seeds give up sooner, so that sound messages end in the dead-letter queue and are redriven.
  const receivesMax = chance.pick([3, 3, 10, RECEIVES_MAX]);
  const requests = createQueue(
    {
      name: 'requests',
      retentionMs,
      shuffle: chance.happens(0.5),
      visibilityTimeoutMs: settings.requests.visibilityTimeoutSeconds * 1000,
      redrive: { maxReceiveCount: settings.requests.maxReceiveCount, deadLetterQueue: requestsDead },
    },
    world,
  );
  const readings = createQueue(
    {
      name: 'readings.fifo',
      retentionMs,
      deduplicationScope: 'messageGroup',
      visibilityTimeoutMs: settings.readings.visibilityTimeoutSeconds * 1000,
      redrive: {
        maxReceiveCount: patient ? RECEIVES_MAX : receivesMax,
        deadLetterQueue: readingsDead,
      },
    },
    world,
  );
  watch(requests, (message) => oracle.submitted(message.body));
  watch(requestsDead, ({ body }, _, native) => oracle.requestDeadLettered(body, native), oracle);
  watch(readings, oracle.admitted);
  watch(
    readingsDead,
    ({ body }, { sequenceNumber }, native) => oracle.deadLettered(body, native ? sequenceNumber : undefined),
    oracle,
  );
  return { requests, requestsDead, readings, readingsDead };
}

/** Lets the oracle see what the queue takes in: sent, redriven, or given up by another queue, with its number there. */
function watch(
  queue: Queue,
  seen: (message: SqsMessage, result: SendResult, native: boolean) => void,
  deadLetters?: Oracle,
): void {
  const { send, takeOver } = queue;
  queue.send = (message) => {
    const result = send.call(queue, message);
    seen(message, result, false);
    return result;
  };
  queue.takeOver = (message) => {
    takeOver.call(queue, message);
    deadLetters?.count('nativeDeadLetter');
    const { messageId, sequenceNumber } = message;
    seen(
      message,
      { messageId, duplicate: false, ...(sequenceNumber === undefined ? {} : { sequenceNumber }) },
      true,
    );
  };
}

function byUrl(queues: Queues): Map<string, Queue> {
  return new Map(Object.values(queues).map((queue: Queue) => [queue.settings.url, queue]));
}

function urlsOf({ requests, requestsDead, readings, readingsDead }: Queues) {
  return {
    requests: requests.settings.url,
    requestsDead: requestsDead.settings.url,
    readings: readings.settings.url,
    readingsDead: readingsDead.settings.url,
  };
}

type Own = Pick<World, 'clock' | 'chance' | 'oracle' | 'faults' | 'trace'>;

function mapQueues(
  queues: Queues,
  settings: Settings,
  numbers: Numbers,
  pool: (name: 'reader' | 'compute') => Pool,
  own: Own,
): Mappings {
  const { chance, oracle } = own;
  const pools = { reader: pool('reader'), compute: pool('compute') };
  const pollMsMax = chance.spread(5, 3_000);
  const nothing = () => {};
  const highest = new Map<string, string>();
  const told = ({ group = '', sequenceNumber = '' }: ReceivedMessage): string => {
    const number = padSequenceNumber(numbers.told(sequenceNumber));
    const before = highest.get(group) ?? '';
    if (numbers.fall && number < before) oracle.count('numbersFell');
    highest.set(group, number > before ? number : before);
    return BigInt(number).toString();
  };
  const requests = mapQueue(
    {
      queue: queues.requests,
      pool: pools.reader,
      concurrency: chance.whole(1, 4),
      pollMsMax,
      batchSize: settings.reader.batchSize,
      timeoutMs: settings.reader.timeoutSeconds * 1000,
      describe: ({ body, receiveCount }) => `#${requestOfBody(body)} (receive ${receiveCount})`,
      invoking: nothing,
      answered: nothing,
      deleted: oracle.requestDeleted,
    },
    own,
  );
  const readings = mapQueue(
    {
      queue: queues.readings,
      pool: pools.compute,
      concurrency: chance.whole(1, 4),
      pollMsMax,
      told,
      batchSize: settings.compute.batchSize,
      timeoutMs: settings.compute.timeoutSeconds * 1000,
      describe: ({ body, receiveCount }) => {
        const message = parseMessage(body);
        return `${message === undefined ? 'junk' : `${requestsIn(message)} ${message.identity}`} (receive ${receiveCount})`;
      },
      invoking: oracle.computing,
      answered: oracle.computed,
      deleted: oracle.messageDeleted,
    },
    own,
  );
  return {
    get running() {
      return requests.running + readings.running;
    },
    stop() {
      for (const mapping of [requests, readings]) mapping.stop();
    },
    start() {
      for (const mapping of [requests, readings]) mapping.start();
    },
    replaceEnvironments(but) {
      for (const each of Object.values(pools)) each.replace(but);
    },
  };
}
