/**
 * The pipeline that is operated: it runs in an AWS account or on this machine. The operations of this folder
 * take a Deployment and return data, or throw an error that says what to do next. They print nothing: the
 * commands of cli/ and the live page show the same results.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { OperatorError } from '../model/operator-error.ts';
import type { FailedOutputs } from './failed-outputs.ts';
import type { SignedCall } from './signed-call.ts';

/** Addresses of the parts of a pipeline. Queues are URLs. */
export interface Addresses {
  /** The stack's name. */
  readonly name: string;
  readonly requestsQueue: string;
  readonly requestsDeadLetterQueue: string;
  readonly readingsQueue: string;
  readonly readingsDeadLetterQueue: string;
  readonly table: string;
  /** The queue of the backfill lane and the mapping that feeds the reader from it, if the pipeline has the lane. */
  readonly backfillQueue?: string | undefined;
  readonly backfillMapping?: string | undefined;
  /** By stage; empty if the caller may not list them. */
  readonly functions: Readonly<Partial<Record<Stage, string>>>;
  /**
   * The id of each stage's event source mapping; empty for a stack deployed before these ids were among its
   * outputs.
   */
  readonly mappings: { readonly [Name in Stage]?: string | undefined };
  /** ARN of the role with which EventBridge Scheduler ends a pause. */
  readonly brakeRole?: string | undefined;
}

export type Stage = 'reader' | 'compute' | 'writer';

export interface Deployment extends Addresses {
  /** Unique to this deployment: an earlier local run with the same name has another id. */
  readonly id: string;
  readonly local: boolean;
  readonly sqs: SQSClient;
  readonly dynamo: DynamoDBClient;
  /**
   * Signed calls for CloudWatch metrics, functions and their mappings, and schedules, which need no client.
   */
  readonly call: SignedCall;
  readonly failedOutputs: FailedOutputs;
  close(): void;
}

/** The queue's name, as metrics use it. */
export function nameOfQueue(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

export function noBackfill(name: string): OperatorError {
  return new OperatorError(
    `${name} has no backfill lane: add backfill: {} to the pipeline's file and deploy it again, or leave the backfill out`,
  );
}
