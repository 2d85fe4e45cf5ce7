/** The queues of a run: in this process, or in the SQS that AWS_ENDPOINT_URL_SQS names. */
import type { Queue } from '../../model/queue/types.ts';
import { endpointFor } from '../../operate/endpoints.ts';
import type { Backend } from '../gateway/call.ts';
import { forwardTo, withQueueUrls } from '../gateway/forward.ts';
import type { QueuePlan } from '../template/stack-spec.ts';
import { addQueues, sqsBackend, type World } from './queues.ts';
import { createRemoteQueues, type RemoteQueues } from './remote-queues.ts';
import type { StackQueue } from './stack-queue.ts';

export interface RunQueues {
  readonly backend: Backend;
  /** Undefined: the queues are in this process. */
  readonly endpoint: string | undefined;
  /** The queues of this process, by name. */
  readonly models: ReadonlyMap<string, Queue>;
  /** Call it once, when the queue URLs contain the gateway's address. */
  make(plans: readonly QueuePlan[]): Promise<ReadonlyMap<string, StackQueue>>;
  close(): Promise<void>;
}

export function openQueues(env: Readonly<Record<string, string | undefined>>, world: World): RunQueues {
  const endpoint = endpointFor('SQS', env);
  return endpoint === undefined ? ownQueues(world) : queuesAt(endpoint);
}

function ownQueues(world: World): RunQueues {
  const models = new Map<string, Queue>();
  return {
    backend: sqsBackend(models, world),
    endpoint: undefined,
    models,
    make: async (plans) => addQueues(models, plans, world),
    close: async () => {},
  };
}

function queuesAt(endpoint: string): RunQueues {
  const forward = forwardTo(endpoint);
  let remote: RemoteQueues | undefined;
  return {
    backend: withQueueUrls(forward.backend, () => remote?.urls ?? new Map()),
    endpoint,
    models: new Map(),
    async make(plans) {
      remote = await createRemoteQueues(endpoint, plans);
      return remote.queues;
    },
    async close() {
      await remote?.close();
      forward.close();
    },
  };
}
