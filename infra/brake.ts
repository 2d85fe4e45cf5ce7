/** The part of a pipeline's brake that is in its stack: docs/decisions/0030-the-brake.md. */
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Aws } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** The role with which EventBridge Scheduler switches these mappings on and off. It allows nothing else. */
export function addBrakeRole(scope: Construct, mappings: readonly CfnEventSourceMapping[]): Role {
  return new Role(scope, 'BrakeRole', {
    description: 'EventBridge Scheduler pauses and resumes the pipeline with it.',
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
    inlinePolicies: {
      uses: new PolicyDocument({
        statements: [
          new PolicyStatement({
            effect: Effect.ALLOW,
            actions: ['lambda:UpdateEventSourceMapping'],
            resources: mappings.map(({ attrEventSourceMappingArn }) => attrEventSourceMappingArn),
          }),
        ],
      }),
    },
  });
}
