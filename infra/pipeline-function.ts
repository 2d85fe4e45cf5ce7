/**
 * One function with its own role and log group. What it may do is a list of uses: the actions, the resource and the
 * environment variable that names the resource are given together, so none can be there without the others.
 *
 * No managed policies and no grant methods of the CDK: both give more than is used (grantReadData alone gives Scan).
 */
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

export interface Use {
  readonly actions: readonly string[];
  readonly resource: string;
  /** The variable through which the function learns of the resource, and its value. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface FunctionDefinition {
  /** Folder with the bundle: see infra/bundle.ts. */
  readonly bundle: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly logRetentionDays: RetentionDays;
  readonly uses: readonly Use[];
  readonly env?: Readonly<Record<string, string>>;
}

export function addFunction(scope: Construct, name: string, definition: FunctionDefinition): LambdaFunction {
  const logGroup = new LogGroup(scope, `${name}Logs`, {
    retention: definition.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const uses: readonly Use[] = [
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resource: logGroup.logGroupArn },
    ...definition.uses,
  ];
  const role = new Role(scope, `${name}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { uses: new PolicyDocument({ statements: uses.map(statementOf) }) },
  });
  return new LambdaFunction(scope, name, {
    description: definition.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(definition.bundle),
    handler: 'index.handler',
    timeout: Duration.seconds(definition.timeoutSeconds),
    memorySize: definition.memoryMb,
    role,
    logGroup,
    // A message that causes itself again and again would otherwise run until somebody reads the bill.
    recursiveLoop: RecursiveLoop.TERMINATE,
    environment: environmentOf(name, definition),
  });
}

function statementOf(use: Use): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions: [...use.actions], resources: [use.resource] });
}

function environmentOf(name: string, { uses, env = {} }: FunctionDefinition): Record<string, string> {
  const own: Record<string, string> = Object.assign({}, ...uses.map((use) => use.env));
  for (const variable of Object.keys(env)) {
    if (variable in own)
      throw new Error(`environment variable ${variable} of ${name} is Weir's own: use another name`);
  }
  return { ...env, ...own };
}
