/** What a local stack announces to the commands; see operate/find-local.ts. */
import type { Stage } from '../operate/deployment.ts';
import type { LocalRun } from '../operate/find-local.ts';
import { accessKeyOf, OPERATOR } from './gateway/call.ts';
import type { LocalStack } from './local-stack.ts';
import { LOCAL_REGION } from './template/stack-spec.ts';

const BACKFILL_MAPPING = 'BackfillMapping';

export function describeStack({ plan, gatewayUrl, failedOutputsFolder }: LocalStack): LocalRun {
  const find = (parts: readonly { id: string; name: string; url?: string }[], id: string) => {
    const found = parts.find((part) => part.id === id);
    if (found === undefined) throw new Error(`stack ${plan.name} has no ${id}`);
    return found.url ?? found.name;
  };
  const functions: Partial<Record<Stage, string>> = {
    reader: find(plan.functions, 'Reader'),
    compute: find(plan.functions, 'Compute'),
    writer: find(plan.functions, 'Writer'),
  };
  const mappingOf = (stage: Stage): string | undefined =>
    [...plan.queueMappings, ...plan.streamMappings].find(
      ({ id, functionName }) => functionName === functions[stage] && id !== BACKFILL_MAPPING,
    )?.id;
  const backfill = plan.queues.find(({ id }) => id === 'BackfillQueue');
  return {
    process: process.pid,
    addresses: {
      name: plan.name,
      requestsQueue: find(plan.queues, 'RequestsQueue'),
      requestsDeadLetterQueue: find(plan.queues, 'RequestsDeadLetterQueue'),
      readingsQueue: find(plan.queues, 'ReadingsQueue'),
      readingsDeadLetterQueue: find(plan.queues, 'ReadingsDeadLetterQueue'),
      table: find(plan.tables, 'StateTable'),
      ...(backfill && { backfillQueue: backfill.url, backfillMapping: BACKFILL_MAPPING }),
      functions,
      mappings: { reader: mappingOf('reader'), compute: mappingOf('compute'), writer: mappingOf('writer') },
      brakeRole: 'local',
    },
    access: {
      endpoint: gatewayUrl,
      region: LOCAL_REGION,
      accessKeyId: accessKeyOf(OPERATOR),
      failedOutputsFolder,
      startedAt: new Date().toISOString(),
    },
  };
}
