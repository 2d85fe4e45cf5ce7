/**
 * The writer function: connects the writer to AWS. Built once per environment, except for its clients: most invocations
 * have no dead letter and need no state, so a client is imported when it is first needed.
 */
import { systemClock } from '../aws/clock.ts';
import { parseStreamEvent } from '../aws/stream-records.ts';
import { ENV, requireEnv } from '../env.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../incoming-message.ts';
import { createObserver } from '../observe.ts';
import { makesSchedules, type Pipeline } from '../pipeline.ts';
import type { Outbox, WakeScheduler } from '../ports.ts';
import type { StateStore } from '../state-store.ts';
import { type WriterPorts, writeBatch } from './writer.ts';

export function createHandler(pipeline: Pipeline) {
  const { observe, observed } = createObserver('writer', {
    clock: systemClock,
    env: process.env,
    trace: pipeline.trace,
  });
  const deadLettersUrl = requireEnv(ENV.readingsDeadLetterQueueUrl);
  const ports: WriterPorts = {
    pipeline,
    store: storeWhenNeeded(requireEnv(ENV.tableName)),
    deadLetters: outboxWhenNeeded(() => deadLettersUrl),
    // Only a pipeline with `write` has permission to send to this queue.
    requests: outboxWhenNeeded(() => requireEnv(ENV.requestsQueueUrl)),
    ...(makesSchedules(pipeline) ? { scheduler: schedulerWhenNeeded() } : {}),
    clock: systemClock,
    observe,
  };
  return observed(
    async (event, context): Promise<PartialBatchResponse> =>
      partialBatchResponse(
        await writeBatch(parseStreamEvent(event), context.getRemainingTimeInMillis(), ports),
      ),
  );
}

function storeWhenNeeded(tableName: string): Pick<StateStore, 'load'> {
  let store: StateStore | undefined;
  return {
    async load(key) {
      const { createDynamoClient, createStateStore } = await import('../aws/dynamo-state-store.ts');
      store ??= createStateStore(createDynamoClient(), tableName);
      return store.load(key);
    },
  };
}

function outboxWhenNeeded(queueUrl: () => string): Outbox {
  let outbox: Outbox | undefined;
  return {
    async sendBatch(messages) {
      const { createOutbox, createSqsClient } = await import('../aws/sqs.ts');
      outbox ??= createOutbox(createSqsClient(), queueUrl());
      return outbox.sendBatch(messages);
    },
  };
}

function schedulerWhenNeeded(): WakeScheduler {
  let scheduler: WakeScheduler | undefined;
  const made = async () => {
    const { createWakeScheduler } = await import('../aws/wake-scheduler.ts');
    scheduler ??= createWakeScheduler(process.env, systemClock);
    return scheduler;
  };
  return {
    set: async (message) => (await made()).set(message),
    cancel: async (id) => (await made()).cancel(id),
  };
}
