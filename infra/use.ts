/** One permission of a function: see pipeline-function.ts. */
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Stack, Validations } from 'aws-cdk-lib/core';
import { intrinsicText } from './intrinsic-text.ts';

export interface Use {
  readonly actions: readonly string[];
  readonly resource: string;
  /** The environment variable with the resource's name or address. */
  readonly env?: Readonly<Record<string, string>>;
  /** Patterns of the partition keys of the items that the function may use. If missing, it may use all items of the table. */
  readonly partitions?: readonly string[];
  /** Why the resource must be a wildcard. cdk-nag refuses a wildcard without a reason. */
  readonly wildcard?: string;
}

export function statementOf({ actions, resource, partitions }: Use): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [resource],
    ...(partitions === undefined ? {} : { conditions: onlyItemsOf(partitions) }),
  });
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
function onlyItemsOf(partitions: readonly string[]) {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } };
}

export function acknowledgeWildcards(role: Role, uses: readonly Use[]): void {
  for (const { resource, wildcard } of uses) {
    if (wildcard === undefined) continue;
    const finding = intrinsicText(Stack.of(role).resolve(resource));
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason: wildcard });
  }
}
