/** Clients for the addresses of a deployment, with the user's credentials or those of a local run. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { defined } from '../functions/defined.ts';
import { checkAnswers } from './answers.ts';
import type { Addresses, Deployment } from './deployment.ts';
import { endpointFor } from './endpoints.ts';
import { outputsInBucket, outputsInFolder } from './failed-outputs.ts';
import { createSignedCall } from './signed-call.ts';

/**
 * A person waits for the answer on a network of any quality: longer timeouts than in a function, but still
 * bounded.
 */
const CLIENT_SETTINGS = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
};

export interface LocalAccess {
  /** URL of the local run's gateway. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  /** The folder that replaces the bucket of failed outputs. */
  readonly failedOutputsFolder: string;
  /** Start time of the run, which identifies it. */
  readonly startedAt: string;
}

export function connectLocal(addresses: Addresses, access: LocalAccess): Deployment {
  const { endpoint, region, accessKeyId, failedOutputsFolder, startedAt } = access;
  const credentials = { accessKeyId, secretAccessKey: 'local' };
  // A busy run may accept a connection late; a run that has ended refuses it at once.
  const requestHandler = { ...CLIENT_SETTINGS.requestHandler, connectionTimeout: 30_000 };
  const settings = { ...CLIENT_SETTINGS, maxAttempts: 2, requestHandler, endpoint, region, credentials };
  const sqs = new SQSClient(settings);
  const dynamo = new DynamoDBClient(settings);
  return {
    ...addresses,
    id: `local run of ${startedAt}`,
    local: true,
    sqs,
    dynamo,
    call: createSignedCall(sqs, endpoint),
    failedOutputs: outputsInFolder(failedOutputsFolder),
    close: () => closeAll(sqs, dynamo),
  };
}

export function connectAws(addresses: Addresses, region: string | undefined, bucket: string): Deployment {
  const settings = { ...CLIENT_SETTINGS, ...defined({ region }) };
  // A queue's URL may name AWS or a host inside a container; the given endpoint takes precedence.
  const sqsEndpoint = endpointFor('SQS', process.env);
  const elsewhere = sqsEndpoint === undefined ? {} : { endpoint: sqsEndpoint, useQueueUrlAsEndpoint: false };
  const sqs = new SQSClient({ ...settings, ...elsewhere });
  const dynamo = new DynamoDBClient(settings);
  for (const client of [sqs, dynamo]) checkAnswers(client);
  const createS3 = async () => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    // A bucket name as a subdomain of localhost, as on AWS, resolves on few machines.
    const client = new S3Client({
      ...settings,
      forcePathStyle: endpointFor('S3', process.env) !== undefined,
    });
    checkAnswers(client);
    return client;
  };
  return {
    ...addresses,
    // The URL contains region and account: stacks with the same name in two accounts are two deployments.
    id: addresses.requestsQueue,
    local: false,
    sqs,
    dynamo,
    call: createSignedCall(sqs),
    failedOutputs: outputsInBucket(createS3, bucket),
    close: () => closeAll(sqs, dynamo),
  };
}

function closeAll(...clients: readonly { destroy(): void }[]): void {
  for (const client of clients) client.destroy();
}
