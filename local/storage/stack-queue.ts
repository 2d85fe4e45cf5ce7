/** A queue as a stack uses it, in this process or at an endpoint. */
import type { OutgoingMessage } from '../../functions/ports.ts';
import type { ReceivedMessage } from '../../model/queue/types.ts';
import type { MessageSource } from '../mappings/sqs-mapping.ts';
import type { QueuePlan } from '../template/stack-spec.ts';

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export type SeenMessage = Pick<ReceivedMessage, 'messageId' | 'body' | 'receiveCount' | 'attributes'>;

export interface StackQueue extends MessageSource {
  readonly plan: QueuePlan;
  /** At most one SendMessageBatch of messages. Throws when one of them is refused. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Messages in the queue, as far as they are visible: for an external engine, what a receive returns. */
  list(): Promise<readonly SeenMessage[]>;
}
