/**
 * An event source mapping on the virtual clock: one long poll for each batch that may be in work. Each poll
 * hands its batch to a warm environment, and deletes finished messages before it polls again. Nothing fails.
 */
import type { PartialBatchResponse } from '../../functions/incoming-message.ts';
import type { Queue, ReceivedMessage } from '../../model/queue/types.ts';
import { type Distribution, draw } from '../../plan/distribution.ts';
import type { Environment } from '../../simulate/world/simulated-environment.ts';
import type { Services } from './clients.ts';

export interface Warm {
  readonly environment: Environment;
  readonly handle: (event: unknown, remainingMs: number) => Promise<PartialBatchResponse>;
}

export interface VirtualMapping {
  readonly queue: Queue;
  readonly receive: Distribution;
  readonly environments: readonly Warm[];
  readonly timeoutMs: number;
}

const BATCH = 10;
const POLL_MS = 20_000;

/** Never ends: the clock runs until the awaited event has happened. */
export function startMapping(
  { clock, random, profile }: Pick<Services, 'clock' | 'random' | 'profile'>,
  fail: (error: Error) => void,
  { queue, receive, environments, timeoutMs }: VirtualMapping,
): void {
  // The most recently used environment first, as on Lambda: its cache is the newest.
  const idle = [...environments];
  const poll = async (): Promise<void> => {
    for (;;) {
      const messages = await queue.receive({ max: BATCH, waitMs: POLL_MS });
      const warm = messages.length === 0 ? undefined : idle.pop();
      if (warm === undefined) continue;
      await clock.sleep(draw(receive, random) + draw(profile.invoke, random));
      const event = { Records: messages.map(toRecord) };
      const { environment, handle } = warm;
      const { batchItemFailures } = await environment.invoke(() => handle(event, timeoutMs), timeoutMs);
      if (batchItemFailures.length > 0) throw new Error('a message came back, though nothing goes wrong');
      idle.push(warm);
      await clock.sleep(draw(profile.deleteBatch, random));
      for (const { receiptHandle } of messages) queue.delete(receiptHandle);
    }
  };
  for (const _each of environments) poll().catch(fail);
}

function toRecord({
  messageId,
  receiptHandle,
  body,
  receiveCount,
  sentAt,
  group,
  sequenceNumber,
}: ReceivedMessage) {
  return {
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAt),
      ...(group !== undefined && { MessageGroupId: group }),
      ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    },
    messageAttributes: {},
  };
}
