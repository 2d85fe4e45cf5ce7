/**
 * An event source mapping of a queue: receives messages, invokes the function, and deletes the messages that
 * it does not report as failed. A failed message becomes visible again when its visibility timeout ends:
 * Lambda does not make messages visible early either.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */

import type { ReceivedMessage } from '../../model/queue/types.ts';
import { meterSqs, queueKind } from '../bill/meter.ts';
import type { Calls } from '../gateway/call-counts.ts';
import { createConcurrency, GROWTH_EVERY_MS } from '../lambda/concurrency.ts';
import type { LocalFunction } from '../lambda/deployed-function.ts';
import { watchMachine } from '../machine.ts';
import type { QueueMappingPlan } from '../template/stack-spec.ts';
import { createGate } from './gate.ts';
import { failedOf } from './partial-response.ts';
import { sqsEvent } from './sqs-event.ts';

export interface MessageSource {
  /** A long poll; once aborted, it receives nothing. */
  receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly ReceivedMessage[]>;
  deleteBatch(receiptHandles: readonly string[]): Promise<void>;
}

export interface Mapping {
  /** Whether a batch is in work. */
  readonly busy: boolean;
  /**
   * Whether it takes messages. A mapping that is switched off finishes its current batches and takes no more.
   */
  readonly enabled: boolean;
  enable(wanted: boolean): void;
  /** Takes no more messages, and resolves when its current batches are done. */
  stop(): Promise<void>;
}

const POLL_WAIT_MS = 20_000;
/** Bytes of Lambda's largest event, minus the parts of a record other than its body. */
const EVENT_BYTES_MAX = 6 * 1_048_576 - 64 * 1024;
const RETRY_AFTER_MS = 1000;

export function startQueueMapping(
  plan: QueueMappingPlan,
  source: MessageSource,
  target: LocalFunction,
  calls: Calls,
  onError: (error: unknown) => void,
): Mapping {
  const stopping = new AbortController();
  const gate = createGate(stopping.signal);
  const running = new Set<Promise<void>>();
  const concurrency = createConcurrency(plan.concurrencyMax);
  let grown: (() => void) | undefined;
  const machineBusy = watchMachine();
  const growth = setInterval(() => {
    if (concurrency.grow(running.size, machineBusy())) grown?.();
  }, GROWTH_EVERY_MS);

  const freeSlot = async () => {
    while (running.size >= concurrency.limit) {
      const growing = new Promise<void>((resolve) => {
        grown = resolve;
      });
      await Promise.race([growing, ...running]);
    }
  };
  const poll = async () => {
    while (!stopping.signal.aborted) {
      await freeSlot();
      await gate.opened();
      const { closing } = gate;
      const messages = await source.receive(plan.batchSize, POLL_WAIT_MS, closing);
      if (closing.aborted && messages.length === 0) continue;
      calls.add(plan.id, 'SQS.ReceiveMessage');
      if (messages.length === 0) {
        calls.add(plan.id, EMPTY_RECEIVE);
        continue;
      }
      const bytes = messages.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
      const grouped = messages.some(({ group }) => group !== undefined);
      meterSqs(calls, queueKind(isFifo(plan), grouped), 'ReceiveMessage', bytes);
      track(deliver(messages, { plan, source, target, calls }));
    }
  };
  const track = (work: Promise<void>) => {
    const tracked = work.catch(onError).finally(() => running.delete(tracked));
    running.add(tracked);
  };
  const pollForEver = async () => {
    while (!stopping.signal.aborted) {
      await poll().catch(async (error: unknown) => {
        onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      });
    }
  };
  const polling = pollForEver();
  return {
    get busy() {
      return running.size > 0;
    },
    get enabled() {
      return gate.enabled;
    },
    enable: gate.enable,
    async stop() {
      stopping.abort();
      clearInterval(growth);
      await Promise.all([polling, ...running]);
      await Promise.all(running);
    },
  };
}

interface Delivery {
  readonly plan: QueueMappingPlan;
  readonly source: MessageSource;
  readonly target: LocalFunction;
  readonly calls: Calls;
}

async function deliver(
  messages: readonly ReceivedMessage[],
  { plan, source, target, calls }: Delivery,
): Promise<void> {
  for (const batch of splitToEvents(messages)) {
    const result = await target.invoke(sqsEvent(batch, plan.queueArn));
    const failed = failedOf(
      result,
      batch.map(({ messageId }) => messageId),
      plan.partialResponses,
    );
    const done = batch.filter(({ messageId }) => !failed.has(messageId));
    if (done.length > 0) {
      calls.add(plan.id, 'SQS.DeleteMessageBatch');
      meterSqs(calls, queueKind(isFifo(plan), false), 'DeleteMessageBatch', 0);
      await source.deleteBatch(done.map(({ receiptHandle }) => receiptHandle));
    }
    // Later messages of the same receive may belong to the failed message's group; they must not overtake it.
    if (failed.size > 0) return;
  }
}

function isFifo({ queueArn }: QueueMappingPlan): boolean {
  return queueArn.endsWith('.fifo');
}

/** Counted separately from ReceiveMessage calls that found messages; both cost the same. */
export const EMPTY_RECEIVE = 'SQS.ReceiveMessage (empty)';

function splitToEvents(messages: readonly ReceivedMessage[]): ReceivedMessage[][] {
  const events: ReceivedMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    if (bytes + size > EVENT_BYTES_MAX) {
      events.push([]);
      bytes = 0;
    }
    events.at(-1)?.push(message);
    bytes += size;
  }
  return events;
}
