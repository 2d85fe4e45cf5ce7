/** Functions of a template, each with the policy statements of its role, wherever the template has them. */
import * as v from 'valibot';
import type { FunctionPlan, PolicyStatement } from './stack-spec.ts';
import type { CodeDirectory } from './template-assets.ts';
import { count, parseProperties, passedOver, type Resource } from './template-resources.ts';

/** Defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html */
const FunctionProperties = v.strictObject({
  FunctionName: passedOver,
  Code: v.object({ S3Key: v.string() }),
  Handler: v.string(),
  Role: v.string(),
  Runtime: v.pipe(v.string(), v.startsWith('nodejs')),
  Timeout: v.optional(count, 3),
  MemorySize: v.optional(count, 128),
  Environment: v.optional(v.object({ Variables: v.optional(v.record(v.string(), v.string()), {}) })),
  Architectures: passedOver,
  Description: passedOver,
  EphemeralStorage: passedOver,
  KmsKeyArn: passedOver,
  LoggingConfig: passedOver,
  RecursiveLoop: passedOver,
  RuntimeManagementConfig: passedOver,
  Tags: passedOver,
  TracingConfig: passedOver,
  // Ignored: functions use this machine's network.
  VpcConfig: passedOver,
});

export function planFunction(
  resource: Resource,
  policies: readonly Resource[],
  codeDirectory: CodeDirectory,
  aliases: readonly Resource[],
): FunctionPlan {
  const properties = parseProperties(resource, FunctionProperties);
  const objectKey = properties.Code.S3Key;
  const directory = codeDirectory(objectKey);
  if (directory === undefined) {
    throw new Error(`${resource.id}: its code ${objectKey} is not in the stack's asset manifest`);
  }
  return {
    id: resource.id,
    name: resource.name,
    arn: resource.arn,
    directory,
    handler: properties.Handler,
    timeoutSeconds: properties.Timeout,
    memoryMb: properties.MemorySize,
    provisioned: provisionedOf(resource, aliases),
    environment: properties.Environment?.Variables ?? {},
    policy: policyOf(policies, properties.Role),
  };
}

const AliasProperties = v.strictObject({
  FunctionName: v.string(),
  FunctionVersion: passedOver,
  Name: passedOver,
  Description: passedOver,
  ProvisionedConcurrencyConfig: v.optional(v.object({ ProvisionedConcurrentExecutions: count })),
});

function provisionedOf({ name }: Resource, aliases: readonly Resource[]): number {
  return aliases
    .map((alias) => parseProperties(alias, AliasProperties))
    .filter(({ FunctionName: of }) => of === name)
    .reduce(
      (sum, { ProvisionedConcurrencyConfig: kept }) => sum + (kept?.ProvisionedConcurrentExecutions ?? 0),
      0,
    );
}

/** All statements that apply to the role. */
export function policyOf(policies: readonly Resource[], roleArn: string): PolicyStatement[] {
  return policies.flatMap((policy) => statementsOf(policy, roleArn));
}

const oneOrMore = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((text) => [text]),
  ),
]);
// Strict: other conditions, NotAction and NotResource change what is allowed, and the gateway does not know
// them.
const Statement = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: v.optional(
    v.strictObject({ 'ForAllValues:StringLike': v.strictObject({ 'dynamodb:LeadingKeys': oneOrMore }) }),
  ),
});
/**
 * Statements about services that the local run does not have, such as KMS: nothing calls them here. Schedules
 * and operators switch mappings.
 */
const StatementOfOthers = v.pipe(
  v.object({
    Action: v.pipe(
      oneOrMore,
      v.everyItem(
        (action) =>
          !/^(\*|sqs:|dynamodb:|s3:|scheduler:|iam:PassRole$|lambda:UpdateEventSourceMapping$)/i.test(action),
      ),
    ),
  }),
  v.transform(() => undefined),
);
/**
 * Statements about schedules by the user, with conditions. The local run only takes Weir's own calls for
 * them, which have none.
 */
const StatementOfSchedules = v.pipe(
  v.object({
    Action: v.pipe(
      oneOrMore,
      v.everyItem((action) => /^(scheduler:|iam:PassRole$)/i.test(action)),
    ),
  }),
  v.transform(() => undefined),
);
const Document = v.pipe(
  v.object({ Statement: v.array(v.union([StatementOfOthers, Statement, StatementOfSchedules])) }),
  v.transform(({ Statement: statements }) => ({
    Statement: statements.filter((each) => each !== undefined),
  })),
);
const RoleProperties = v.object({
  Policies: v.optional(v.array(v.object({ PolicyDocument: Document })), []),
});
const PolicyProperties = v.object({ PolicyDocument: Document, Roles: v.optional(v.array(v.string()), []) });

/**
 * The statements that this role or policy resource adds to the role. AWS's managed policies are ignored: they
 * only allow logging.
 */
function statementsOf(resource: Resource, roleArn: string): PolicyStatement[] {
  if (resource.type === 'AWS::IAM::Role') {
    if (resource.arn !== roleArn) return [];
    const { Policies: policies } = parseProperties(resource, RoleProperties);
    return policies.flatMap(({ PolicyDocument: document }) => document.Statement.map(planStatement));
  }
  const { PolicyDocument: document, Roles: roles } = parseProperties(resource, PolicyProperties);
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return roles.includes(roleName) ? document.Statement.map(planStatement) : [];
}

function planStatement(statement: v.InferOutput<typeof Document>['Statement'][number]): PolicyStatement {
  const { Effect: effect, Action: actions, Resource: resources, Condition: condition } = statement;
  const partitions = condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'];
  return { effect, actions, resources, ...(partitions === undefined ? {} : { partitions }) };
}
