/**
 * Checks the complete app, which may have changed the functions after the construct was made: each function must load with its
 * environment variables, and compute must run one invocation at a time.
 */
import { resolve } from 'node:path';
import { CfnFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { isRecord } from '../functions/json.ts';
import type { FunctionName } from './bundling/bundle.ts';
import { type Bundled, knownVariables } from './bundling/check-bundles.ts';
import { runApart } from './bundling/run-apart.ts';
import type { WeirPipelineProps } from './pipeline-props.ts';

type Functions = Construct & Readonly<Record<FunctionName, LambdaFunction>>;

type Props = Pick<WeirPipelineProps, 'bundling' | 'entry'> & Pick<Bundled, 'bundles'>;

export function validateAtSynth(pipeline: Functions, props: Props): void {
  pipeline.node.addValidation({
    validate: () => [...managedInstances(pipeline), ...unloadable(pipeline, props)],
  });
}

function unloadable(pipeline: Functions, { entry, bundles, bundling = {} }: Props): string[] {
  // This is `cdk list` or a deployment of another stack.
  if (!Stack.of(pipeline).bundlingRequired) return [];
  const { externalModules = [] } = bundling;
  const { reader, compute, writer } = pipeline;
  try {
    runApart({
      kind: 'load',
      bundled: { file: resolve(entry), bundles, externalModules },
      variables: { reader: variablesOf(reader), compute: variablesOf(compute), writer: variablesOf(writer) },
    });
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function variablesOf(target: LambdaFunction): Record<string, string> {
  const environment: unknown = Stack.of(target).resolve(resourceOf(target).environment);
  return knownVariables(isRecord(environment) ? environment['variables'] : undefined);
}

/**
 * Managed Instances run several invocations at once.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html
 */
function managedInstances({ compute, node }: Functions): string[] {
  if (resourceOf(compute).capacityProviderConfig === undefined) return [];
  return [
    `${node.path}: compute has a capacity provider (Lambda Managed Instances), which runs several invocations at once ` +
      'in one process, so that they would wait for each other: leave compute without one; reader and writer may have one',
  ];
}

function resourceOf(target: LambdaFunction): CfnFunction {
  const resource = target.node.defaultChild;
  if (resource instanceof CfnFunction) return resource;
  throw new Error(`${target.node.path} has no resource of its own`);
}
