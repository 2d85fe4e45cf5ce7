/**
 * What is operated: a pipeline that runs somewhere, in an AWS account or on this machine. The operations of this folder
 * take a Deployment and return data or throw an error that says what to do next. They print nothing: the commands of
 * cli/ and the live page show the same answers.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { FailedOutputs } from './failed-outputs.ts';
import type { SignedCall } from './signed-call.ts';

/** Where the parts of a pipeline are. Queues are URLs. */
export interface Addresses {
  /** The stack's name. */
  readonly name: string;
  readonly requestsQueue: string;
  readonly requestsDeadLetterQueue: string;
  readonly readingsQueue: string;
  readonly readingsDeadLetterQueue: string;
  readonly table: string;
  /** By stage; empty when who asks may not list them. */
  readonly functions: Readonly<Partial<Record<Stage, string>>>;
  /** By stage, the id of the event source mapping that feeds it; empty for a stack that was deployed before it said them. */
  readonly mappings: { readonly [Name in Stage]?: string | undefined };
  /** ARN of the role with which EventBridge Scheduler ends a pause. */
  readonly brakeRole?: string | undefined;
}

export type Stage = 'reader' | 'compute' | 'writer';

export interface Deployment extends Addresses {
  /** Tells one deployment from every other, also from an earlier local run of the same name. */
  readonly id: string;
  readonly local: boolean;
  readonly sqs: SQSClient;
  readonly dynamo: DynamoDBClient;
  /** What no client at hand covers: CloudWatch's figures, functions and their mappings, schedules. */
  readonly call: SignedCall;
  readonly failedOutputs: FailedOutputs;
  close(): void;
}

/** The queue's name, as metrics have it. */
export function nameOfQueue(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
