/**
 * Redrive out of a dead-letter queue with SQS's actions. The model moves messages at once, so a task has
 * ended when its start is answered; it is kept for ListMessageMoveTasks.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
import { SqsError } from '../../../model/queue/sqs-error.ts';
import type { Queue } from '../../../model/queue/types.ts';
import { findQueue, type Queues } from './queue-actions.ts';
import { type Fields, optionalCount, optionalText, text } from './request-fields.ts';

/** SQS lists at most ten tasks. */
const TASKS_MAX = 10;
const MOVES_PER_SECOND_MAX = 500;

export interface MoveTasks {
  start(queues: Queues, fields: Fields): object;
  list(queues: Queues, fields: Fields): object;
}

/** `now`: epoch ms, the tasks' start time. */
export function createMoveTasks(now: () => number): MoveTasks {
  const tasks = new Map<Queue, object[]>();
  return {
    start(queues, fields) {
      const source = deadLetterQueue(queues, fields);
      const destinationArn = optionalText(fields, 'DestinationArn');
      const destination = destinationArn === undefined ? undefined : existing(queues, destinationArn);
      const perSecond = optionalCount(fields, 'MaxNumberOfMessagesPerSecond', MOVES_PER_SECOND_MAX);
      const toMove = source.counts().visible;
      const { moved, withoutSource } = source.moveTask(destination);
      const earlier = tasks.get(source) ?? [];
      const task = {
        Status: withoutSource > 0 ? 'FAILED' : 'COMPLETED',
        SourceArn: source.settings.arn,
        DestinationArn: destination?.settings.arn,
        MaxNumberOfMessagesPerSecond: perSecond,
        ApproximateNumberOfMessagesMoved: moved,
        ApproximateNumberOfMessagesToMove: toMove,
        FailureReason: withoutSource > 0 ? 'CouldNotDetermineMessageSource' : undefined,
        StartedTimestamp: Math.floor(now()),
      };
      tasks.set(source, [task, ...earlier].slice(0, TASKS_MAX));
      return {
        TaskHandle: Buffer.from(`${source.settings.arn} ${task.StartedTimestamp}`).toString('base64'),
      };
    },
    list(queues, fields) {
      const source = deadLetterQueue(queues, fields);
      const max = optionalCount(fields, 'MaxResults', TASKS_MAX) ?? 1;
      return { Results: (tasks.get(source) ?? []).slice(0, max) };
    },
  };
}

function deadLetterQueue(queues: Queues, fields: Fields): Queue {
  const queue = existing(queues, text(fields, 'SourceArn'));
  for (const { settings } of queues.values()) {
    if (settings.redrive?.deadLetterQueue === queue) return queue;
  }
  throw new SqsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
}

function existing(queues: Queues, arn: string): Queue {
  const queue = findQueue(queues, arn);
  if (queue !== undefined) return queue;
  throw new SqsError('ResourceNotFoundException', "The resource that you specified doesn't exist.");
}
