/**
 * The options of record feeds. Only types, because pipeline-props.ts imports them, and the code that makes feeds imports
 * that.
 */
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

export interface RecordFeeds {
  /** Each message of another queue is a request with the same body. */
  readonly queue?: OneOrMore<IQueue>;
  /** Each message of an SNS topic is a request. It comes through the feed's own queue, so that none is lost. */
  readonly topic?: OneOrMore<ITopic>;
  /** Each change of a table is a request: `{"event":"MODIFY","keys":{...},"new":{...},"old":{...}}`. */
  readonly dynamoStream?: OneOrMore<ITable | ({ readonly table: ITable } & StreamChoice)>;
  /** Each record of a Kinesis stream is a request. */
  readonly kinesis?: OneOrMore<IStream | ({ readonly stream: IStream } & StreamChoice)>;
  /** Each record of a Kafka topic is a request. The topic may be on an MSK cluster or on any other. */
  readonly kafka?: OneOrMore<KafkaFeed>;
}

export type OneOrMore<Of> = Of | readonly Of[];

export interface StreamChoice {
  /** Where a new feed starts: at the oldest record that exists (default), or after the newest. */
  readonly from?: 'oldest' | 'newest';
  /**
   * Records that match one of these patterns are requests. Lambda itself skips the others, at no cost.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
   */
  readonly filters?: readonly Readonly<Record<string, unknown>>[];
}

export type KafkaFeed = StreamChoice & {
  readonly topic: string;
  /**
   * Replaces the topic's name in the ids of requests. Use another name if the topic was deleted and created again: its offsets
   * start again, and new records would have the ids of earlier ones.
   */
  readonly name?: string;
  /** Default: `weir-` and the pipeline's identity. A group continues where it was, even if the feed is created again. */
  readonly consumerGroup?: string;
} & (MskCluster | OtherCluster);

export interface MskCluster {
  /** The ARN of the cluster. */
  readonly cluster: string;
  readonly auth: 'iam' | 'none' | { readonly scram512: ISecret } | { readonly mtls: ISecret };
}

export interface OtherCluster {
  /** One or more, each as `host:port`. */
  readonly bootstrapServers: readonly string[];
  readonly auth:
    | 'none'
    | { readonly plain: ISecret }
    | { readonly scram256: ISecret }
    | { readonly scram512: ISecret }
    | { readonly mtls: ISecret };
  /** The certificate of a private authority that signed the brokers' certificates. */
  readonly rootCertificate?: ISecret;
  /** The network from which the brokers are reached, if not over the internet. */
  readonly network?: { readonly subnets: readonly ISubnet[]; readonly securityGroup: ISecurityGroup };
}
