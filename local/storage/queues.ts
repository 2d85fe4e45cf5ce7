/** The plan's queues, built on the queue model, for the gateway, the mappings and the operator. */
import type { Clock, Random } from '../../functions/ports.ts';
import { createQueue } from '../../model/queue/queue.ts';
import { SqsError } from '../../model/queue/sqs-error.ts';
import type { Queue } from '../../model/queue/types.ts';
import type { Backend } from '../gateway/call.ts';
import { createProtocol } from '../gateway/sqs/protocol.ts';
import type { QueuePlan } from '../template/stack-spec.ts';
import type { StackQueue } from './stack-queue.ts';

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  /** Wraps each queue for all of its users. */
  readonly wrapQueue?: (queue: Queue) => Queue;
}

/** Adds the queues by name. Dead-letter queues are made before the queues that use them. */
export function addQueues(
  queues: Map<string, Queue>,
  plans: readonly QueuePlan[],
  world: World,
): ReadonlyMap<string, StackQueue> {
  const create = (plan: QueuePlan): Queue => {
    const made = queues.get(plan.name);
    if (made !== undefined) return made;
    const deadLetterQueue = plans.find(({ arn }) => arn === plan.redrive?.deadLetterQueueArn);
    if (plan.redrive !== undefined && deadLetterQueue === undefined) {
      throw new Error(
        `${plan.id}: its dead-letter queue ${plan.redrive.deadLetterQueueArn} is not in the template`,
      );
    }
    const queue = createQueue(
      {
        name: plan.name,
        arn: plan.arn,
        url: plan.url,
        fifo: plan.fifo,
        visibilityTimeoutMs: plan.visibilityTimeoutSeconds * 1000,
        retentionMs: plan.retentionSeconds * 1000,
        delayMs: plan.delaySeconds * 1000,
        deduplicationScope: plan.deduplicationScope,
        contentBasedDeduplication: plan.contentBasedDeduplication,
        ...(plan.redrive !== undefined && deadLetterQueue !== undefined
          ? {
              redrive: {
                maxReceiveCount: plan.redrive.maxReceiveCount,
                deadLetterQueue: create(deadLetterQueue),
              },
            }
          : {}),
      },
      world,
    );
    const wrapped = world.wrapQueue?.(queue) ?? queue;
    queues.set(plan.name, wrapped);
    return wrapped;
  };
  return new Map(plans.map((plan) => [plan.name, stackQueue(plan, create(plan))]));
}

export function sqsBackend(queues: ReadonlyMap<string, Queue>, world: World): Backend {
  const protocol = createProtocol(queues, world);
  return async (target, body, signal) => {
    const parsed: unknown = JSON.parse(body.toString());
    const answer = await protocol({ target, body: parsed, signal });
    return { ...answer, body: JSON.stringify(answer.body) };
  };
}

/** The stack calls the model directly, which saves HTTP between the two. */
function stackQueue(plan: QueuePlan, queue: Queue): StackQueue {
  return {
    plan,
    receive: (max, waitMs, signal) => queue.receive({ max, waitMs, signal }),
    async deleteBatch(receiptHandles) {
      for (const receiptHandle of receiptHandles) {
        try {
          queue.delete(receiptHandle);
        } catch (error) {
          // A FIFO receipt handle has expired: DeleteMessageBatch reports it, and the message is delivered
          // again.
          if (!(error instanceof SqsError)) throw error;
        }
      }
    },
    async send(messages) {
      for (const message of messages) queue.send(message);
    },
    counts: async () => queue.counts(),
    list: async () => queue.list(),
  };
}
