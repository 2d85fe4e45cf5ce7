/**
 * The resources of a pipeline that makes schedules: a group for the schedules, and the role with which EventBridge Scheduler
 * sends to the readings queue. If the stack is deleted, the group and all its schedules are deleted too.
 */
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Aws } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ENV } from '../functions/env.ts';
import type { Use } from './use.ts';

/** Returns the permissions that the writer needs. */
export function addWakes(scope: Construct, readings: Queue, encryptionKey: IKey | undefined): Use[] {
  const group = new CfnScheduleGroup(scope, 'Wakes');
  const role = addRole(scope, readings, encryptionKey);
  return [
    {
      actions: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
      resource: `arn:${Aws.PARTITION}:scheduler:${Aws.REGION}:${Aws.ACCOUNT_ID}:schedule/${group.ref}/*`,
      env: { [ENV.wakeGroup]: group.ref, [ENV.readingsQueueUrl]: readings.queueUrl },
      wildcard: "Each wake has a schedule of its own; the group is this pipeline's and holds nothing else.",
    },
    // The role trusts only EventBridge Scheduler, so it cannot be passed to another service.
    { actions: ['iam:PassRole'], resource: role.roleArn, env: { [ENV.wakeRoleArn]: role.roleArn } },
  ];
}

function addRole(scope: Construct, readings: Queue, encryptionKey: IKey | undefined): Role {
  const allow = (actions: string[], resource: string) =>
    new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] });
  return new Role(scope, 'WakeRole', {
    description: 'EventBridge Scheduler wakes keys with it.',
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
    inlinePolicies: {
      uses: new PolicyDocument({
        statements: [
          allow(['sqs:SendMessage'], readings.queueArn),
          ...(encryptionKey === undefined
            ? []
            : [allow(['kms:Decrypt', 'kms:GenerateDataKey'], encryptionKey.keyArn)]),
        ],
      }),
    },
  });
}
