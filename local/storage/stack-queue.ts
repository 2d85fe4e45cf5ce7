/** A queue as a stack works with it, wherever it is: in this process or at an endpoint. */
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
  /** At most as much as a SendMessageBatch takes. Throws when one of them is refused. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** What is in it, as far as it can be seen: of an engine elsewhere, what a receive gives. */
  list(): Promise<readonly SeenMessage[]>;
}
