/**
 * Adds one function with its own role and log group. Its permissions are a list of uses: the actions, the resource and the
 * environment variable with the resource's name are given together, so that none exists without the others.
 *
 * Managed policies and the CDK's grant methods are not used, because both allow more than is needed (grantReadData includes
 * Scan).
 */
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ENV } from '../functions/env.ts';
import { useOfKey } from './encryption.ts';
import type { WeirPipelineProps } from './pipeline-props.ts';
import type { Settings } from './settings/settings.ts';
import { acknowledgeWildcards, statementOf, type Use } from './use.ts';

export interface FunctionDefinition {
  /** Folder with the bundle (bundling/bundle.ts). */
  readonly bundle: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly logs: Settings['logs'];
  readonly uses: readonly Use[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Environment variables with the locations of its secrets (pipeline-secrets.ts). */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly surroundings: Surroundings;
  /** Default: Lambda stops a loop of messages after about 16 invocations. */
  readonly recursiveLoop?: RecursiveLoop;
}

/** What the functions of a pipeline have in common. */
export interface Surroundings
  extends Pick<WeirPipelineProps, 'encryptionKey' | 'securityGroups' | 'vpc' | 'vpcSubnets'> {
  /** The name in metrics and log lines. */
  readonly identity: string;
}

export function addFunction(scope: Construct, name: string, definition: FunctionDefinition): LambdaFunction {
  const { encryptionKey, vpc, vpcSubnets, securityGroups } = definition.surroundings;
  const logGroup = new LogGroup(scope, `${name}Logs`, {
    retention: definition.logs.retentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(encryptionKey && { encryptionKey }),
  });
  const uses: readonly Use[] = [
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resource: logGroup.logGroupArn },
    ...definition.uses,
    ...(encryptionKey === undefined ? [] : [useOfKey(encryptionKey)]),
    ...(vpc === undefined ? [] : [useOfNetwork]),
  ];
  const role = new Role(scope, `${name}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { uses: new PolicyDocument({ statements: uses.map(statementOf) }) },
  });
  acknowledgeWildcards(role, uses);
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
    // An endless loop of messages would otherwise run until somebody notices the bill.
    recursiveLoop: definition.recursiveLoop ?? RecursiveLoop.TERMINATE,
    environment: environmentOf(name, Stack.of(scope).stackName, definition),
    ...(vpc && {
      vpc,
      ...(vpcSubnets && { vpcSubnets }),
      ...(securityGroups && { securityGroups: [...securityGroups] }),
    }),
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const useOfNetwork: Use = {
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resource: '*',
  wildcard:
    'Lambda makes network interfaces with the role of the function; their names are not known beforehand.',
};

function environmentOf(
  name: string,
  stackName: string,
  { uses, environment = {}, secrets = {}, logs, surroundings: { identity } }: FunctionDefinition,
): Record<string, string> {
  const own: Record<string, string> = {
    [ENV.stackName]: stackName,
    ...(identity === stackName ? {} : { [ENV.pipeline]: identity }),
    [ENV.tracedPercent]: String(logs.tracedPercent),
  };
  Object.assign(own, secrets, ...uses.map((use) => use.env));
  for (const variable of Object.keys(environment)) {
    if (variable in own)
      throw new Error(`environment variable ${variable} of ${name} is Weir's own: use another name`);
  }
  return { ...environment, ...own };
}
