/** The deployment that a run is: through it the page does what the commands do from another process. */
import { connectLocal } from '../../operate/connect.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { accessKeyOf, OPERATOR } from '../gateway.ts';
import { LOCAL_REGION } from '../plan.ts';
import type { LocalStack } from '../stack.ts';

export function connectRun({ plan, gatewayUrl }: LocalStack): Deployment {
  const find = (parts: readonly { id: string; name: string; url?: string }[], id: string) => {
    const found = parts.find((part) => part.id === id);
    if (found === undefined) throw new Error(`stack ${plan.name} has no ${id}`);
    return found.url ?? found.name;
  };
  return connectLocal(
    {
      name: plan.name,
      requestsQueue: find(plan.queues, 'RequestsQueue'),
      requestsDeadLetterQueue: find(plan.queues, 'RequestsDeadLetterQueue'),
      readingsQueue: find(plan.queues, 'ReadingsQueue'),
      readingsDeadLetterQueue: find(plan.queues, 'ReadingsDeadLetterQueue'),
      table: find(plan.tables, 'StateTable'),
      functions: { writer: find(plan.functions, 'WriterFunction') },
    },
    {
      endpoint: gatewayUrl,
      region: LOCAL_REGION,
      accessKeyId: accessKeyOf(OPERATOR),
      failedOutputsFolder: '',
      startedAt: new Date().toISOString(),
    },
  );
}
