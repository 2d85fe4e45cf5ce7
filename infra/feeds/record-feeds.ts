/** What feeds of records can be told. Types alone: pipeline-props.ts imports them, and what makes feeds imports that. */
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

export interface RecordFeeds {
  /** Each message of another queue is a request, with its body as it is. */
  readonly queue?: OneOrMore<IQueue>;
  /** Each message of an SNS topic is a request. It comes through a queue of its own, so that none is lost. */
  readonly topic?: OneOrMore<ITopic>;
  /** Each change of a table is a request: `{"event":"MODIFY","keys":{...},"new":{...},"old":{...}}`. */
  readonly dynamoStream?: OneOrMore<ITable | ({ readonly table: ITable } & StreamChoice)>;
  /** Each record of a Kinesis stream is a request. */
  readonly kinesis?: OneOrMore<IStream | ({ readonly stream: IStream } & StreamChoice)>;
  /** Each record of a Kafka topic is a request: of an MSK cluster, or of any other. */
  readonly kafka?: OneOrMore<KafkaFeed>;
}

export type OneOrMore<Of> = Of | readonly Of[];

export interface StreamChoice {
  /** Where a new feed begins: at the oldest record that is there (default), or behind the newest. */
  readonly from?: 'oldest' | 'newest';
  /**
   * Records that fit one of these patterns are requests, the others are passed over by Lambda itself, at no cost.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
   */
  readonly filters?: readonly Readonly<Record<string, unknown>>[];
}

export type KafkaFeed = StreamChoice & {
  readonly topic: string;
  /**
   * What stands for the topic in the ids of requests. Give another one when the topic was deleted and made anew: its offsets begin
   * anew, and the ids of its first records would be those of earlier ones.
   */
  readonly name?: string;
  /** Default: `weir-` and the pipeline's identity. A group goes on where it was, also when the feed is made anew. */
  readonly consumerGroup?: string;
} & (MskCluster | OtherCluster);

export interface MskCluster {
  /** The ARN of the cluster. */
  readonly cluster: string;
  readonly auth: 'iam' | 'none' | { readonly scram512: ISecret } | { readonly mtls: ISecret };
}

export interface OtherCluster {
  /** `host:port`, one or more. */
  readonly bootstrapServers: readonly string[];
  readonly auth:
    | 'none'
    | { readonly plain: ISecret }
    | { readonly scram256: ISecret }
    | { readonly scram512: ISecret }
    | { readonly mtls: ISecret };
  /** The certificate of a private authority, by which the brokers' own are signed. */
  readonly rootCertificate?: ISecret;
  /** Where the brokers are reached from, if not over the internet. */
  readonly network?: { readonly subnets: readonly ISubnet[]; readonly securityGroup: ISecurityGroup };
}
