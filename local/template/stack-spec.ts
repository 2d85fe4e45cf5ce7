/**
 * A template as the local run needs it: every reference resolved, every AWS default filled in. template.ts
 * builds it, stack.ts carries it out.
 */
import { ENV } from '../../functions/env.ts';
import type { OutgoingMessage } from '../../functions/ports.ts';
import type { Schedule } from '../../infra/schedule.ts';

/** The account and region in local names, ARNs and URLs. Neither exists: no call leaves this machine. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';

/**
 * Queue URLs in a plan begin with this; a stack replaces it with the address of its gateway. The host cannot
 * be resolved (RFC 6761), so a forgotten URL fails and no call leaves this machine.
 */
export const QUEUE_URL_ORIGIN = 'http://sqs.invalid';

export interface StackPlan {
  readonly name: string;
  readonly queues: readonly QueuePlan[];
  readonly tables: readonly TablePlan[];
  readonly buckets: readonly BucketPlan[];
  readonly functions: readonly FunctionPlan[];
  readonly queueMappings: readonly QueueMappingPlan[];
  readonly streamMappings: readonly StreamMappingPlan[];
  readonly schedules: readonly SchedulePlan[];
  readonly budget?: BudgetPlan;
}

export interface BudgetPlan {
  readonly usdPerHour: number;
  /** Ids of the mappings that are switched off when the budget is passed. */
  readonly mappings: readonly string[];
}

export interface QueuePlan {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly fifo: boolean;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  readonly delaySeconds: number;
  readonly contentBasedDeduplication: boolean;
  readonly deduplicationScope: 'queue' | 'messageGroup';
  readonly throughputLimit: 'perQueue' | 'perMessageGroupId';
  readonly redrive: { readonly deadLetterQueueArn: string; readonly maxReceiveCount: number } | undefined;
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

export interface TablePlan {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly attributes: readonly { readonly name: string; readonly type: 'S' | 'N' | 'B' }[];
  readonly keys: readonly { readonly name: string; readonly type: 'HASH' | 'RANGE' }[];
  readonly stream: { readonly arn: string; readonly viewType: StreamViewType } | undefined;
  readonly ttlAttribute: string | undefined;
}

export interface BucketPlan {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
}

export interface FunctionPlan {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** The folder with the bundle, and the handler in it: `index.handler` is `handler` of index.mjs. */
  readonly directory: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Environments that Lambda keeps started (provisioned concurrency). */
  readonly provisioned: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly policy: readonly PolicyStatement[];
}

/** The feed functions in the list. */
export function feedsOf(functions: readonly FunctionPlan[]): FunctionPlan[] {
  return functions.filter(({ environment }) => environment[ENV.feed] !== undefined);
}

export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Patterns of the partition keys of the items; missing: all items. */
  readonly partitions?: readonly string[];
}

export interface QueueMappingPlan {
  readonly id: string;
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly concurrencyMax: number;
  readonly partialResponses: boolean;
}

export interface StreamMappingPlan {
  readonly id: string;
  readonly streamArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  /** Batches of one shard in work at once, each with different keys: AWS's ParallelizationFactor. */
  readonly lanes: number;
  readonly partialResponses: boolean;
  readonly bisect: boolean;
  /** Undefined: it retries until the record is too old. */
  readonly retriesMax: number | undefined;
  readonly recordAgeSecondsMax: number | undefined;
  /** ARN of the bucket for batches that were given up. */
  readonly onFailureArn: string | undefined;
  /** A record is handed over when one of these matches it; without filters, every record is. */
  readonly filters: readonly unknown[];
}

export interface SchedulePlan {
  readonly id: string;
  readonly schedule: Schedule;
  readonly action:
    | { readonly kind: 'send'; readonly queue: string; readonly message: OutgoingMessage }
    | { readonly kind: 'switch'; readonly mapping: string; readonly enabled: boolean };
}

/** The plan with the queues' real address. */
export function withQueueOrigin(plan: StackPlan, url: string): StackPlan {
  const replace = (text: string) => text.replaceAll(QUEUE_URL_ORIGIN, url);
  return {
    ...plan,
    queues: plan.queues.map((queue) => ({ ...queue, url: replace(queue.url) })),
    functions: plan.functions.map((each) => ({
      ...each,
      environment: Object.fromEntries(
        Object.entries(each.environment).map(([name, value]) => [name, replace(value)]),
      ),
    })),
  };
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** By name or logical id; without either, the only plan. */
export function findPlan<Plan extends Named>(
  plans: readonly Plan[],
  nameOrId: string | undefined,
  kind: string,
): Plan {
  const found =
    nameOrId === undefined && plans.length === 1
      ? plans[0]
      : plans.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found !== undefined) return found;
  const known = plans.map(({ id }) => id).join(', ');
  throw new Error(`the stack has no ${kind} ${String(nameOrId)}, it has: ${known}`);
}
