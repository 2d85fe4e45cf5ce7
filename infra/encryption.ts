/** The permissions on a customer-managed key, beyond those that the CDK's constructs add. */
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Use } from './use.ts';

/** The permissions of a function that uses queues and the table under this key. */
export function useOfKey(key: IKey): Use {
  return {
    actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
    resource: key.keyArn,
  };
}

/**
 * Allows services to use the key. This has no effect on an imported key, whose policy must allow it already.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export function allowServices(
  scope: Construct,
  key: IKey,
  services: readonly ('logs' | 'events' | 'sns')[],
): void {
  const { region, account } = Stack.of(scope);
  const statements = {
    logs: {
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${region}:${account}:*` },
      },
    },
    events: {
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    },
  };
  const all = {
    ...statements,
    sns: { ...statements.events, principals: [new ServicePrincipal('sns.amazonaws.com')] },
  };
  for (const service of services) {
    key.addToResourcePolicy(
      // In a key policy, '*' means the key that has the policy.
      new PolicyStatement({ effect: Effect.ALLOW, resources: ['*'], ...all[service] }),
    );
  }
}
