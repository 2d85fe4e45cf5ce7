/**
 * An event source mapping in the model. Each of its concurrent batches is received, passed to the function and deleted
 * before the next one is received. Concurrency grows as in Lambda: by five per second while all of it is in use, up to the
 * maximum; on one machine only while there is processor time left. An environment serves one invocation at a time. The most
 * recently used idle one is taken first.
 */
import type { Events } from './events.ts';
import type { Thread } from './processor.ts';

export interface Environment {
  readonly number: number;
  readonly thread: Thread;
}

export interface MappingOptions<Message> {
  readonly events: Events;
  readonly batchSize: number;
  readonly concurrencyStart: number;
  readonly concurrencyMax: number;
  readonly growthPerSecond: number;
  readonly pollers: number;
  /** Number of environments that are warm from the start. */
  readonly warm: number;
  readonly coldStartMs: number;
  readonly receiveMs: () => number;
  readonly newThread: () => Thread;
  /** Passes an event to a function. */
  readonly handOver: (then: () => void) => void;
  readonly deleteMs: () => number;
  readonly take: (max: number) => Message[];
  /** Must call `done` when the function answers. */
  readonly invoke: (batch: Message[], environment: Environment, done: () => void) => void;
  /** Called when the messages are deleted from the queue. */
  readonly deleted: (batch: Message[]) => void;
}

export interface Mapping {
  /** Call this when there may be messages to receive. */
  poll(): void;
  /** Call this every second during the run. */
  grow(machineBusy: boolean): void;
  readonly inUse: number;
  readonly figures: MappingFigures;
}

export interface MappingFigures {
  receives: number;
  deletes: number;
  messages: number;
  invocations: number;
  coldStarts: number;
  billedMs: number;
  /** Total time of all batches in work, and the most batches at once. */
  busyMs: number;
  peak: number;
}

export function createMapping<Message>(options: MappingOptions<Message>): Mapping {
  const { events } = options;
  const figures = newFigures();
  const environments = createEnvironments(options, figures);
  let limit = Math.min(options.concurrencyStart, options.concurrencyMax);
  let inUse = 0;
  let polling = 0;

  function poll(): void {
    while (inUse < Math.floor(limit) && polling < options.pollers) {
      const batch = options.take(options.batchSize);
      if (batch.length === 0) return;
      inUse += 1;
      polling += 1;
      figures.receives += 1;
      figures.messages += batch.length;
      figures.peak = Math.max(figures.peak, inUse);
      const takenAt = events.now;
      events.after(options.receiveMs(), () => {
        polling -= 1;
        deliver(batch, takenAt);
        poll();
      });
    }
  }

  function deliver(batch: Message[], takenAt: number): void {
    figures.invocations += 1;
    const warm = environments.take();
    options.handOver(() => {
      const startedAt = events.now;
      if (warm === undefined) environments.start((cold) => invoke(batch, cold, startedAt, takenAt));
      else invoke(batch, warm, startedAt, takenAt);
    });
  }

  function invoke(batch: Message[], environment: Environment, startedAt: number, takenAt: number): void {
    options.invoke(batch, environment, () => {
      figures.billedMs += Math.ceil(events.now - startedAt);
      figures.deletes += 1;
      environments.give(environment);
      events.after(options.deleteMs(), () => {
        inUse -= 1;
        figures.busyMs += events.now - takenAt;
        options.deleted(batch);
        poll();
      });
    });
  }

  return {
    poll,
    grow(machineBusy) {
      if (machineBusy || inUse < Math.floor(limit) || limit >= options.concurrencyMax) return;
      limit = Math.min(options.concurrencyMax, limit + options.growthPerSecond);
      poll();
    },
    get inUse() {
      return inUse;
    },
    figures,
  };
}

function newFigures(): MappingFigures {
  return {
    receives: 0,
    deletes: 0,
    messages: 0,
    invocations: 0,
    coldStarts: 0,
    billedMs: 0,
    busyMs: 0,
    peak: 0,
  };
}

type EnvironmentOptions = Pick<MappingOptions<unknown>, 'warm' | 'newThread' | 'coldStartMs' | 'events'>;

function createEnvironments(
  { warm, newThread, coldStartMs, events }: EnvironmentOptions,
  figures: MappingFigures,
) {
  const idle: Environment[] = [];
  for (let number = warm; number > 0; number -= 1) idle.push({ number, thread: newThread() });
  let last = warm;
  return {
    /** Takes the most recently used environment. */
    take: () => idle.pop(),
    give: (environment: Environment) => void idle.push(environment),
    start(then: (started: Environment) => void): void {
      last += 1;
      figures.coldStarts += 1;
      const started = { number: last, thread: newThread() };
      events.after(coldStartMs, () => then(started));
    },
  };
}
