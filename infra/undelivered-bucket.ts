import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Duration, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Keeping } from './pipeline-queue.ts';

/**
 * The bucket into which Lambda puts records that the writer could not deliver: whole records, not only their positions.
 */
export function addUndeliveredBucket(
  scope: Construct,
  retentionDays: number,
  { encryptionKey, removalPolicy }: Keeping,
): Bucket {
  const bucket = new Bucket(scope, 'UndeliveredBucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    ...(encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(retentionDays) }],
    removalPolicy,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Only Lambda writes here, and only when the writer gave up; a log of its accesses would need a second bucket. ' +
      'If you need one, turn on data events of CloudTrail.',
  });
  return bucket;
}
