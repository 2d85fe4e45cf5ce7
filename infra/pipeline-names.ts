/** The names of a pipeline: in its app, in the outputs of its stack, and in errors. */
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { assertOneCopy } from './one-copy.ts';

/** Throws if the id is taken. The CDK's own error does not say what to do. */
export function freeId(scope: Construct, id: string): string {
  assertOneCopy(scope, id);
  if (scope.node.tryFindChild(id) === undefined) return id;
  throw new Error(
    `${scope.node.path}/${id}: the name is taken by another construct of ${scope.node.path}: give the pipeline another, such ` +
      `as new WeirPipeline(this, '${id}Pipeline', ...)`,
  );
}

export function pathInStack(pipeline: Construct): string {
  return pipeline.node.path.slice(Stack.of(pipeline).node.path.length + 1);
}

/** Adds the path of the construct to an error. */
export function naming<Value>(pipeline: Construct, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    throw new Error(`${pipeline.node.path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
