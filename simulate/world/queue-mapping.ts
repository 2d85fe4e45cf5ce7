/**
 * An event source mapping of an SQS queue: receives, invokes, and deletes the messages that the answer does
 * not name. Its faults: invocations are throttled or start late, messages become visible again while they are
 * worked on, and answers and deletes are lost.
 */
import type { PartialBatchResponse } from '../../functions/incoming-message.ts';
import type { Queue, ReceivedMessage } from '../../model/queue/types.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Pool } from '../campaign/pool.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Trace } from '../oracle/trace.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import { isNewerBody } from './newer-format.ts';
import { receivedBody, removeMessage } from './sqs-client.ts';

interface MappingWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly trace: Trace;
}

interface MappingOptions {
  readonly queue: Queue;
  readonly pool: Pool;
  readonly concurrency: number;
  readonly batchSize: number;
  readonly timeoutMs: number;
  /** Longest time in ms from a change to the next poll. */
  readonly pollMsMax: number;
  /** The sequence number given to the function. */
  readonly told?: (message: ReceivedMessage) => string | undefined;
  readonly describe: (message: ReceivedMessage) => string;
  readonly invoking: (invocation: string, messages: readonly ReceivedMessage[]) => void;
  readonly answered: (invocation: string) => void;
  readonly deleted: (message: ReceivedMessage, invocation: string) => void;
}

const LATE_START_MS_MAX = 4 * 60_000;

export interface Mapping {
  /** Number of invocations in progress. */
  readonly running: number;
  stop(): void;
  start(): void;
  /** Pauses or resumes on an operator's behalf, independently of other stops. */
  pause(wanted: boolean): void;
}

export function mapQueue(options: MappingOptions, world: MappingWorld): Mapping {
  const { queue, concurrency, batchSize, pollMsMax } = options;
  const { clock, chance } = world;
  let running = 0;
  let scheduled = false;
  let stopped = false;
  let paused = false;

  /** The queue reports every change, so a poll that cannot find anything is left out. */
  function schedule(): void {
    if (scheduled || !canPoll()) return;
    scheduled = true;
    clock.later(chance.between(0, pollMsMax), () => {
      scheduled = false;
      poll();
    });
  }

  function canPoll(): boolean {
    return !stopped && !paused && running < concurrency && queue.counts().visible > 0;
  }

  function poll(): void {
    while (canPoll()) {
      const messages = queue.receiveNow({
        max: chance.happens(0.5) ? batchSize : chance.whole(1, batchSize),
      });
      if (messages.length === 0) return;
      running += 1;
      void deliver(messages, options, world).finally(() => {
        running -= 1;
        schedule();
      });
    }
  }

  queue.onChange(schedule);
  return {
    get running() {
      return running;
    },
    stop() {
      stopped = true;
    },
    start() {
      stopped = false;
      schedule();
    },
    pause(wanted) {
      paused = wanted;
      schedule();
    },
  };
}

async function deliver(
  messages: readonly ReceivedMessage[],
  options: MappingOptions,
  world: MappingWorld,
): Promise<void> {
  const { pool, timeoutMs } = options;
  const { clock, chance, faults, trace } = world;
  if (faults.strikes('visibilityLapse')) lapse(messages, options, chance);
  if (faults.strikes('throttledInvocation')) return;
  if (faults.strikes('lateStart')) await clock.sleep(chance.spread(100, LATE_START_MS_MAX));
  const warm = pool.take();
  const { environment, handler } = warm;
  if (faults.strikes('clockJump')) environment.jumpClock(jump(chance));
  const invocation = `${environment.name}/${environment.invocation + 1}`;
  trace.add(`${invocation} takes ${messages.map(options.describe).join(', ')}`);
  options.invoking(invocation, messages);
  try {
    const event = {
      Records: messages.map((message) => toRecord(message, environment.build, options)),
    };
    const response = await environment.invoke(() => handler(event, timeoutMs), timeoutMs);
    options.answered(invocation);
    if (!faults.strikes('lostResponse'))
      settle(messages, response, { invocation, build: environment.build }, options, world);
  } catch (error) {
    trace.add(`${invocation} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  pool.give(warm);
}

function lapse(
  messages: readonly ReceivedMessage[],
  { queue, timeoutMs }: MappingOptions,
  chance: Chance,
): void {
  const afterMs = chance.spread(10, timeoutMs);
  for (const { receiptHandle } of messages) queue.changeVisibility(receiptHandle, Math.floor(afterMs));
}

function settle(
  messages: readonly ReceivedMessage[],
  { batchItemFailures }: PartialBatchResponse,
  { invocation, build }: { readonly invocation: string; readonly build: number },
  { queue, deleted }: MappingOptions,
  { faults, oracle }: MappingWorld,
): void {
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const returned = messages.filter(({ messageId }) => failed.has(messageId));
  if (returned.length !== failed.size) {
    oracle.broken('I12 limits', 'the answer names messages that are not in the batch', invocation);
  }
  if (returned.length > 0 && returned.length < messages.length) oracle.count('partialBatchFailure');
  const groups = new Set(returned.map(({ group }) => group));
  if (queue.settings.fifo && groups.size < returned.length) oracle.count('tailReturned');
  if (build === 1 && returned.some(({ body }) => isNewerBody(body))) oracle.count('newerMessageReturned');
  for (const message of messages) {
    if (failed.has(message.messageId) || faults.strikes('lostDelete')) continue;
    if (removeMessage(queue, message.receiptHandle)) deleted(message, invocation);
  }
}

function jump(chance: Chance): number {
  const HOUR_MS = 3_600_000;
  return chance.pick([-HOUR_MS, -20_000, 20_000, HOUR_MS, 10 * 365 * 24 * HOUR_MS]);
}

function toRecord(
  message: ReceivedMessage,
  build: number,
  { queue, told }: Pick<MappingOptions, 'queue' | 'told'>,
) {
  const sequenceNumber = told?.(message) ?? message.sequenceNumber;
  const { messageId, receiptHandle, body, receiveCount, sentAt, group } = message;
  const attributes: Record<string, string> = {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(sentAt),
  };
  if (group !== undefined) attributes['MessageGroupId'] = group;
  if (sequenceNumber !== undefined) attributes['SequenceNumber'] = sequenceNumber;
  const messageAttributes: Record<string, { stringValue: string; dataType: 'String' }> = {};
  for (const [name, stringValue] of Object.entries(message.attributes)) {
    messageAttributes[name] = { stringValue, dataType: 'String' };
  }
  const eventSourceARN = queue.settings.arn;
  return {
    ...{ messageId, receiptHandle, eventSourceARN, attributes, messageAttributes },
    body: receivedBody(body, build),
  };
}
