/**
 * A stack with one pipeline. Logical ids are the plain names of the constructs (RequestsQueue, StateTable), so that
 * CloudFormation's events are readable. test/infra pins them, because a changed id makes CloudFormation create a new, empty
 * queue or table.
 */
import { type CfnElement, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { WeirPipelineProps } from './pipeline-props.ts';
import { WeirPipeline } from './weir-pipeline.ts';

export class PipelineStack extends Stack {
  readonly pipeline: WeirPipeline;

  constructor(scope: Construct, id: string, props: StackProps & WeirPipelineProps) {
    super(scope, id, props);
    this.pipeline = new WeirPipeline(this, PIPELINE, { ...props, identity: this.stackName });
  }

  protected override allocateLogicalId(element: CfnElement): string {
    const { scopes } = element.node;
    return scopes
      .slice(scopes.indexOf(this) + 1)
      .map((scope) => scope.node.id)
      .filter((id) => !UNNAMED.includes(id))
      .join('')
      .replace(/[^A-Za-z0-9]/g, '');
  }
}

const PIPELINE = 'Pipeline';
/** Levels of the construct tree that are left out of logical ids. The CDK refuses two elements with the same id. */
const UNNAMED = [PIPELINE, 'Resource', 'Default'];
