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
   * Another file like `entry`, or `{ entry, percent }`. Its compute is tried beside the pipeline's own, on a share of the
   * keys (10 percent), and `weir shadow` shows the differences. It changes no state and no output (docs/shadow.md).
   */
  readonly shadow?: string | ShadowOptions;
  /** Settings that replace those derived from the pipeline's limits: see infra/settings/settings.ts. */
  readonly settings?: SettingsOverride;
  /** Adds a standard queue to which the pipeline's `write` can send: see ENV.resultsQueueUrl. */
  readonly resultsQueue?: boolean;
  /** Objects that `read` may get. Without the right to list, S3 answers 403 for an object that is not there. */
  readonly readFrom?: readonly { readonly bucketName: string; readonly prefix: string }[];
  /**
   * Makes requests from a clock, records of queues and streams, objects of a bucket, or events of the account's event bus.
   */
  readonly feed?: Feed;
  /**
   * Environment variables for `read` and `write`. Not for secrets: everyone with the right to describe the function can
   * read them.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Secrets of Secrets Manager and parameters of Systems Manager. `read` and `write` find their values in their context
   * under these names: `secrets.DB_PASSWORD`. The functions may read them, and fetch them once for each environment. The
   * template and the variables hold only their place.
   */
  readonly secrets?: Readonly<Record<string, ISecret | IStringParameter>>;
  /** Puts the functions into a VPC. They must reach SQS and DynamoDB from there, through endpoints or a NAT gateway. */
  readonly vpc?: IVpc;
  /** Default: the private subnets with a way out. */
  readonly vpcSubnets?: SubnetSelection;
  /** Default: one for each function, which allows all outgoing and no incoming traffic. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** One key for queues, table, logs and bucket. Default: the keys that AWS owns, which cost nothing. */
  readonly encryptionKey?: IKey;
  /** Times at which reads, computes or writes are paused, for example at night when a source must not be read. */
  readonly pauses?: readonly ScheduledPause[];
  /** The most that the pipeline may cost in an hour, by list prices. Above it, reads stop and an alarm is raised. */
  readonly budget?: Budget;
  /** How the pipeline's own code is bundled. */
  readonly bundling?: Bundling;
  /** What happens to queues, table and bucket when the stack or the construct is removed. Default: they stay. */
  readonly removalPolicy?: RemovalPolicy;
  /** The SNS topic that gets a message when an alarm begins and ends. Without it alarms only show on the dashboard. */
  readonly alarmTopicArn?: string;
  /** From the account's fourth on, a dashboard costs $3 a month. Default: true. */
  readonly dashboard?: boolean;
  /**
   * The name in metrics, log lines and the dashboard. Default: STACK/PATH, the stack's name and the path of the construct
   * in it, which differs for two pipelines of one stack.
   */
  readonly identity?: string;
  /** Default: the result of `bundlePipeline` for the entry. Pass it if you have it already. */
  readonly bundled?: BundledPipeline;
}
