/** A deployed stack, found by its name: CloudFormation knows where its parts are. */
import type { CloudFormationClient, Output } from '@aws-sdk/client-cloudformation';
import { connectAws } from './connect.ts';
import { type Addresses, type Deployment, OperatorError, type Stage } from './deployment.ts';

export async function findStack(name: string, region?: string): Promise<Deployment> {
  // A client that only this needs: nobody else waits for it.
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  try {
    const outputs = await outputsOf(client, name);
    const addresses = addressesIn(name, outputs);
    const functions = await functionsOf(client, name);
    return connectAws({ ...addresses, functions }, region, outputOf(outputs, name, 'UndeliveredBucketName'));
  } finally {
    client.destroy();
  }
}

async function outputsOf(client: CloudFormationClient, name: string): Promise<readonly Output[]> {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0]?.Outputs ?? [];
  } catch (error) {
    // CloudFormation has no error of its own for it: a ValidationError with this text.
    if (!(error instanceof Error) || !/does not exist/.test(error.message)) throw error;
    const region = await client.config.region();
    throw new OperatorError(
      `there is no stack ${JSON.stringify(name)} in ${region} for these credentials: its name is ` +
        'PIPELINE-DEPLOYMENT (clicks-production); another region is chosen with --region or AWS_REGION',
      { cause: error },
    );
  }
}

function addressesIn(name: string, outputs: readonly Output[]): Omit<Addresses, 'functions'> {
  const output = (key: string) => outputOf(outputs, name, key);
  return {
    name,
    requestsQueue: output('RequestsQueueUrl'),
    requestsDeadLetterQueue: output('RequestsDeadLetterQueueUrl'),
    readingsQueue: output('ReadingsQueueUrl'),
    readingsDeadLetterQueue: output('ReadingsDeadLetterQueueUrl'),
    table: output('StateTableName'),
  };
}

function outputOf(outputs: readonly Output[], name: string, key: string): string {
  const value = outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  if (value !== undefined && value !== '') return value;
  throw new OperatorError(
    `stack ${name} has no output ${key}: it is not a pipeline of Weir, or its deployment is not complete`,
  );
}

const LOGICAL_IDS: Readonly<Record<string, Stage>> = {
  Reader: 'reader',
  Compute: 'compute',
  Writer: 'writer',
};

/** Needed for the functions' figures and for the redrive of outputs only, so a refusal is no reason to stop here. */
async function functionsOf(client: CloudFormationClient, name: string): Promise<Addresses['functions']> {
  const { DescribeStackResourcesCommand } = await import('@aws-sdk/client-cloudformation');
  const functions: Partial<Record<Stage, string>> = {};
  try {
    const answer = await client.send(new DescribeStackResourcesCommand({ StackName: name }));
    for (const { LogicalResourceId, PhysicalResourceId } of answer.StackResources ?? []) {
      const stage = LOGICAL_IDS[LogicalResourceId ?? ''];
      if (stage !== undefined && PhysicalResourceId !== undefined) functions[stage] = PhysicalResourceId;
    }
  } catch (error) {
    if (!(error instanceof Error) || !/AccessDenied/.test(error.name)) throw error;
  }
  return functions;
}
