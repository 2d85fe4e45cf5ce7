/** The properties of a pipeline's construct. All but `entry` have a default. */
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
   * Another file like `entry`, or `{ entry, percent }`. Its compute also runs, for a share of the keys (10 percent), and `weir
   * shadow` shows the differences. It changes no state and no output (docs/shadow.md).
   */
  readonly shadow?: string | ShadowOptions;
  /** Settings that replace those derived from the pipeline's limits: see infra/settings/settings.ts. */
  readonly settings?: SettingsOverride;
  /** Adds a standard queue to which the pipeline's `write` can send: see ENV.resultsQueueUrl. */
  readonly resultsQueue?: boolean;
  /** Objects that `read` may get. For an object that does not exist, S3 answers 403, because `read` may not list objects. */
  readonly readFrom?: readonly { readonly bucketName: string; readonly prefix: string }[];
  /**
   * Makes requests from schedules, records of queues and streams, new objects in a bucket, or events of the account's event
   * bus.
   */
  readonly feed?: Feed;
  /**
   * Environment variables for `read` and `write`. Not for secrets: everyone with permission to describe the function can read
   * them.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Secrets of Secrets Manager and parameters of Systems Manager. `read` and `write` get their values in their context under
   * these names: `secrets.DB_PASSWORD`. The functions may read them, and each environment fetches them once. The template and
   * the environment variables contain only their locations.
   */
  readonly secrets?: Readonly<Record<string, ISecret | IStringParameter>>;
  /** Puts the functions into a VPC. They must reach SQS and DynamoDB from there, through endpoints or a NAT gateway. */
  readonly vpc?: IVpc;
  /** Default: the private subnets with outbound access. */
  readonly vpcSubnets?: SubnetSelection;
  /** Default: one group per function, which allows all outgoing and no incoming traffic. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** One key for queues, table, logs and bucket. Default: keys that AWS owns, which cost nothing. */
  readonly encryptionKey?: IKey;
  /** Recurring pauses of reads, computes or writes, for example at night when a source must not be read. */
  readonly pauses?: readonly ScheduledPause[];
  /** The most that the pipeline may cost in an hour, at list prices. Above it, reads are paused and an alarm is raised. */
  readonly budget?: Budget;
  /** How the pipeline's own code is bundled. */
  readonly bundling?: Bundling;
  /** What happens to queues, table and bucket when the stack or the construct is removed. Default: they are kept. */
  readonly removalPolicy?: RemovalPolicy;
  /** The SNS topic that gets a message when an alarm begins and ends. Without it, alarms only show on the dashboard. */
  readonly alarmTopicArn?: string;
  /** Whether to add a dashboard. From the account's fourth on, each costs $3 a month. Default: true. */
  readonly dashboard?: boolean;
  /**
   * The name in metrics, log lines and the dashboard. Default: STACK/PATH, the stack's name and the path of the construct
   * in it, which is unique in the stack.
   */
  readonly identity?: string;
  /** The result of `bundlePipeline` for the entry, if you have it already. Default: the construct bundles the entry. */
  readonly bundled?: BundledPipeline;
}
