/** What a pipeline's construct can be told. Everything but `entry` has a default. */
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IStringParameter } from 'aws-cdk-lib/aws-ssm';
import type { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Budget } from './budget.ts';
import type { Bundling } from './bundling/bundle.ts';
import type { BundledPipeline } from './bundling/bundle-pipeline.ts';
import type { ShadowOptions } from './bundling/shadow.ts';
import type { Feed } from './feed.ts';
import type { ScheduledPause } from './pauses.ts';
import type { SettingsOverride } from './settings/settings.ts';

export interface WeirPipelineProps {
  /** The file whose default export is the pipeline, relative to the folder in which the app is started. */
  readonly entry: string;
  /**
   * Another file like `entry`, or `{ entry, percent }`: its compute is tried beside the pipeline's own, on a share of the keys
   * (10 percent), and `weir shadow` shows what it makes otherwise. It changes no state and no output (docs/shadow.md).
   */
  readonly shadow?: string | ShadowOptions;
  /** What to set otherwise than it is derived from the pipeline's limits: see infra/settings/settings.ts. */
  readonly settings?: SettingsOverride;
  /** Adds a standard queue for what the pipeline's `write` sends: see ENV.resultsQueueUrl. */
  readonly resultsQueue?: boolean;
  /** Objects that `read` may get. Without the right to list, S3 answers 403 for an object that is not there. */
  readonly readFrom?: readonly { readonly bucketName: string; readonly prefix: string }[];
  /** What makes requests: a clock, records of queues and streams, objects of a bucket, or whatever is on the account's event bus. */
  readonly feed?: Feed;
  /** Environment variables for `read` and `write`. Not for secrets: anyone who may describe the function can read them. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Secrets of Secrets Manager and parameters of Systems Manager, by the names under which `read` and `write` find what
   * they say in their context: `secrets.DB_PASSWORD`. The functions may read them, and fetch them once for each
   * environment; neither the template nor a variable holds more than where they are.
   */
  readonly secrets?: Readonly<Record<string, ISecret | IStringParameter>>;
  /** Puts the functions into a VPC. They need a way from there to SQS and DynamoDB: endpoints, or a NAT gateway. */
  readonly vpc?: IVpc;
  /** Default: the private subnets with a way out. */
  readonly vpcSubnets?: SubnetSelection;
  /** Default: one for each function, which lets everything out and nothing in. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** One key for queues, table, logs and bucket. Default: the keys that AWS owns, which cost nothing. */
  readonly encryptionKey?: IKey;
  /** Times at which reads, computes or writes stand still, such as the night in which a source is not to be asked. */
  readonly pauses?: readonly ScheduledPause[];
  /** What the pipeline may cost in an hour, by list prices: when it is passed, reads stop and an alarm says so. */
  readonly budget?: Budget;
  /** How the pipeline's own code is bundled. */
  readonly bundling?: Bundling;
  /** What becomes of queues, table and bucket when the stack or the construct goes. Default: they stay. */
  readonly removalPolicy?: RemovalPolicy;
  /** The SNS topic that hears when an alarm begins and ends. Without it alarms show on the dashboard only. */
  readonly alarmTopicArn?: string;
  /** A dashboard costs $3 a month from the account's fourth on. Default: true. */
  readonly dashboard?: boolean;
  /**
   * What metrics, log lines and the dashboard are called after. Default: STACK/PATH, the stack's name and the path of
   * the construct in it, so that two pipelines of one stack are told apart.
   */
  readonly identity?: string;
  /** Default: what `bundlePipeline` makes of the entry. Give it where that is done already. */
  readonly bundled?: BundledPipeline;
}
