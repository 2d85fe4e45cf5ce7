/**
 * The pipeline as a model of discrete events: requests arrive, wait for a reader, are read and sent, wait for their
 * key, are computed, committed and written. The same seed gives the same run. It is bounded: a queue that only grows
 * ends the run, and is told as such.
 */
import { SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import type { Random } from '../../functions/ports.ts';
import type { Distribution } from '../distribution.ts';
import type { Profile } from '../profile.ts';
import { createComputeStage } from './compute-stage.ts';
import { createEvents } from './events.ts';
import { createMapping, type Mapping, type MappingFigures } from './mapping.ts';
import { createReaderStage } from './reader-stage.ts';
import { createReadingsQueue } from './readings-queue.ts';
import { type Counts, createWorld, type Message, type Request, type Work } from './world.ts';
import { createWriterStage } from './writer-stage.ts';

export interface Model {
  readonly work: Work;
  readonly profile: Profile;
  readonly random: Random;
  /** In the order of their times. */
  readonly requests: Iterator<Request, void>;
  readonly readers: Concurrency;
  readonly computes: Concurrency;
  readonly shards: number;
  /** The run is given up when it has lasted that long. */
  readonly endAtMs: number;
}

export interface Concurrency {
  readonly start: number;
  readonly max: number;
  readonly growthPerSecond: number;
  readonly warm: number;
}

export interface Measured {
  /** One entry for each message of a measured request, in milliseconds. */
  readonly total: number[];
  readonly waitForReader: number[];
  readonly read: number[];
  readonly send: number[];
  readonly waitForKey: number[];
  readonly compute: number[];
  readonly write: number[];
  /** When its effect was committed, since the beginning. */
  readonly committedAt: number[];
}

export interface Outcome {
  readonly measured: Measured;
  readonly requests: number;
  readonly messages: number;
  /** Messages that were never committed within the run. */
  readonly unfinished: number;
  readonly durationMs: number;
  readonly reader: MappingFigures;
  readonly compute: MappingFigures;
  readonly counts: Counts;
  /** Processor time of everything together. */
  readonly processorMs: number;
  readonly deepestGroup: number;
  readonly events: number;
}

export interface SimulateWatch {
  onProgress?(arrived: number, committed: number, reading: number, computing: number): void;
  readonly signal?: AbortSignal;
}

const EVENTS_MAX = 50_000_000;
/** The event loop gets its turn now and then, for the bar and for Ctrl-C. */
const EVENTS_PER_TURN = 20_000;

export async function simulate(model: Model, watch: SimulateWatch = {}): Promise<Outcome> {
  const run = assemble(model);
  const { events } = run;
  for (;;) {
    let going = true;
    const turnEnd = events.count + EVENTS_PER_TURN;
    while (going && events.count < turnEnd) going = !run.finished() && events.step(model.endAtMs);
    watch.onProgress?.(run.arrived(), run.committed(), run.reading(), run.computing());
    if (!going || events.count >= EVENTS_MAX || watch.signal?.aborted === true) return run.outcome();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function assemble(model: Model) {
  const { work, profile, requests } = model;
  const events = createEvents();
  const world = createWorld({ events, random: model.random, profile, work });
  const intake = createIntake();
  const readings = createReadingsQueue<Message>();
  const measured: Measured = {
    total: [],
    waitForReader: [],
    read: [],
    send: [],
    waitForKey: [],
    compute: [],
    write: [],
    committedAt: [],
  };
  let arrived = 0;
  let messages = 0;
  let committed = 0;
  let next = requests.next();
  let toWrite = 0;

  const written = (message: Message) => {
    toWrite -= 1;
    if (message.request.measured) measured.write.push(events.now - message.committedAt);
  };
  const stream = createWriterStage(world, model.shards, written);
  const compute: Mapping = createMapping<Message>({
    ...shared(model, model.computes),
    batchSize: SQS_BATCH_ENTRIES_MAX,
    events,
    ...timesOf(world, profile, profile.receive),
    take: readings.take,
    invoke: createComputeStage(world, {
      committed(message) {
        committed += 1;
        if (message.request.measured) note(measured, message, events.now);
      },
      streamed(key, commits) {
        toWrite += commits.length;
        stream(key, commits);
      },
    }),
    deleted: readings.release,
  });
  const reader: Mapping = createMapping<Request>({
    ...shared(model, model.readers),
    events,
    ...timesOf(world, profile, profile.receiveFifo ?? profile.receive),
    take: intake.take,
    invoke: createReaderStage(world, {
      take: intake.take,
      sent(message) {
        messages += 1;
        message.sentAt = events.now;
        readings.add(message);
        compute.poll();
      },
      postpone: (request, delayMs) => events.after(delayMs, () => enter(request)),
    }),
    deleted() {},
  });
  const enter = (request: Request) => {
    intake.add(request);
    reader.poll();
  };
  const arrive = () => {
    if (next.done === true) return;
    const request = next.value;
    events.at(request.at, () => {
      arrived += 1;
      enter(request);
      next = requests.next();
      arrive();
    });
  };
  const finished = () =>
    next.done === true &&
    committed + messagesOf(world.counts.dead, model) >= expected() &&
    toWrite === 0 &&
    reader.inUse + compute.inUse === 0;
  const expected = () => messagesOf(arrived, model);
  const tick = () => {
    const machineBusy = world.processor.wasBusy();
    reader.grow(machineBusy);
    compute.grow(machineBusy);
    if (!finished()) events.after(1000, tick);
  };
  arrive();
  events.after(1000, tick);
  return {
    events,
    finished,
    arrived: () => arrived,
    committed: () => committed,
    reading: () => reader.inUse,
    computing: () => compute.inUse,
    outcome: (): Outcome => ({
      measured,
      requests: arrived,
      messages,
      unfinished: Math.max(0, expected() - committed - messagesOf(world.counts.dead, model)),
      durationMs: events.now,
      reader: reader.figures,
      compute: compute.figures,
      counts: world.counts,
      processorMs: world.processor.spentMs,
      deepestGroup: readings.deepest,
      events: events.count,
    }),
  };
}

function messagesOf(requests: number, { work }: Model): number {
  return requests * work.messagesPerKey * work.keysPerRequest;
}

function shared({ profile, work }: Model, { start, max, growthPerSecond, warm }: Concurrency) {
  return {
    batchSize: Math.min(SQS_BATCH_ENTRIES_MAX, work.readsPerInvocation),
    concurrencyStart: start,
    concurrencyMax: max,
    growthPerSecond,
    warm,
    pollers: profile.pollers ?? Number.POSITIVE_INFINITY,
    coldStartMs: profile.coldStartMs,
  };
}

function timesOf(world: ReturnType<typeof createWorld>, profile: Profile, receive: Distribution) {
  return {
    receiveMs: () => world.time(receive),
    newThread: world.processor.thread,
    handOver: (then: () => void) => world.call(profile.invoke, then),
    deleteMs: () => world.time(profile.deleteBatch),
  };
}

function note(measured: Measured, message: Message, now: number): void {
  const { request, readEndAt, sentAt, computeAt } = message;
  measured.total.push(now - request.at);
  measured.waitForReader.push(request.readAt - request.at);
  measured.read.push(readEndAt - request.readAt);
  measured.send.push(sentAt - readEndAt);
  measured.waitForKey.push(computeAt - sentAt);
  measured.compute.push(now - computeAt);
  measured.committedAt.push(now);
}

/** The requests queue: first come, first served. */
function createIntake() {
  let waiting: Request[] = [];
  let first = 0;
  return {
    add(request: Request) {
      waiting.push(request);
    },
    take(max: number): Request[] {
      const batch = waiting.slice(first, first + max);
      first += batch.length;
      if (first > 10_000 && first > waiting.length / 2) {
        waiting = waiting.slice(first);
        first = 0;
      }
      return batch;
    },
  };
}
