/** The two mappings of the model with their queues: one reads requests, the other computes readings. */
import { SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import type { Distribution } from '../distribution.ts';
import type { Profile } from '../profile.ts';
import { createComputeStage } from './compute-stage.ts';
import { createIntake } from './intake.ts';
import { createMapping, type Mapping } from './mapping.ts';
import { type Measured, note } from './measured.ts';
import type { Concurrency, Model } from './model.ts';
import { createReaderStage } from './reader-stage.ts';
import { createReadingsQueue } from './readings-queue.ts';
import type { Message, Request, World } from './world.ts';
import { createWriterStage } from './writer-stage.ts';

/** Calls `sent` with the messages of each call to the readings queue. */
export function createReads(model: Model, world: World, sent: (messages: readonly Message[]) => void) {
  const { profile } = model;
  const { events } = world;
  const intake = createIntake();
  let messages = 0;
  const mapping: Mapping = createMapping<Request>({
    ...shared(model, model.readers),
    events,
    ...timesOf(world, profile, profile.receiveFifo ?? profile.receive),
    take: intake.take,
    invoke: createReaderStage(world, {
      take: intake.take,
      sent(entries) {
        messages += entries.length;
        for (const message of entries) message.sentAt = events.now;
        sent(entries);
      },
      postpone: (request, delayMs) => events.after(delayMs, () => enter(request)),
    }),
    deleted() {},
  });
  const enter = (request: Request) => {
    intake.add(request);
    mapping.poll();
  };
  return { mapping, enter, messages: () => messages };
}

export function createComputes(model: Model, world: World, measured: Measured) {
  const { profile } = model;
  const { events } = world;
  const readings = createReadingsQueue<Message>();
  let committed = 0;
  let toWrite = 0;
  const stream = createWriterStage(world, model.shards, (message: Message) => {
    toWrite -= 1;
    if (message.request.measured) measured.write.push(events.now - message.committedAt);
  });
  const mapping: Mapping = createMapping<Message>({
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
  return {
    mapping,
    /** A poll that waits receives them together, as from a queue. */
    enter(messages: readonly Message[]): void {
      for (const message of messages) readings.add(message);
      mapping.poll();
    },
    committed: () => committed,
    /** Number of messages that are committed and not yet written. */
    toWrite: () => toWrite,
    deepest: () => readings.deepest,
  };
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

function timesOf(world: World, profile: Profile, receive: Distribution) {
  return {
    receiveMs: () => world.time(receive),
    newThread: world.processor.thread,
    handOver: (then: () => void) => world.call(profile.invoke, then),
    deleteMs: () => world.time(profile.deleteBatch),
  };
}
