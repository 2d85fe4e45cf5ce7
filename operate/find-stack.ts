/**
 * Finds a deployed pipeline by the name of its stack, and by its own name if the stack has several:
 * CloudFormation's outputs hold the addresses of its parts. The outputs of a pipeline begin with its name
 * (infra/stack-outputs.ts); a stack that is one pipeline has outputs without that prefix.
 */
import type { CloudFormationClient, Output } from '@aws-sdk/client-cloudformation';
import { OperatorError } from '../model/operator-error.ts';
import { checkAnswers } from './answers.ts';
import { connectAws } from './connect.ts';
import type { Addresses, Deployment, Stage } from './deployment.ts';

export async function findStack(name: string, region?: string, pipeline?: string): Promise<Deployment> {
  // Imported here, because only this function needs the client.
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  checkAnswers(client);
  try {
    const found = { stack: name, outputs: await outputsOf(client, name) };
    const place = { ...found, prefix: prefixOf(found, pipeline) };
    const addresses = addressesIn(place);
    const functions = functionsIn(place) ?? (await functionsOf(client, name));
    const parts = { ...addresses, functions, ...brakeIn(place) };
    return connectAws(parts, region, outputOf(place, 'UndeliveredBucketName'));
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
    // CloudFormation has no error code for this: it is a ValidationError with this text.
    if (!(error instanceof Error) || !/does not exist/.test(error.message)) throw error;
    const region = await client.config.region();
    throw new OperatorError(
      `there is no stack ${JSON.stringify(name)} in ${region} for these credentials: its name is ` +
        'PIPELINE-DEPLOYMENT (clicks-production); another region is chosen with --region or AWS_REGION',
      { cause: error },
    );
  }
}

interface Stack {
  readonly stack: string;
  readonly outputs: readonly Output[];
}

interface Place extends Stack {
  /** Prefix of the pipeline's output names; empty if the stack is the pipeline. */
  readonly prefix: string;
}

const FIRST_OUTPUT = 'RequestsQueueUrl';

function prefixOf({ stack, outputs }: Stack, pipeline: string | undefined): string {
  const known = outputs
    .map(({ OutputKey = '' }) => OutputKey)
    .filter((key) => key.endsWith(FIRST_OUTPUT))
    .map((key) => key.slice(0, -FIRST_OUTPUT.length));
  const named = known.filter((prefix) => prefix !== '');
  // Only letters and digits, as in the construct's path.
  const wanted = pipeline?.replace(/[^A-Za-z0-9]/g, '');
  if (wanted === undefined) {
    if (known.length > 1) {
      throw new OperatorError(
        `stack ${stack} has several pipelines: name one with --pipeline, or --stack ${stack}/PIPELINE: ${known.join(', ')}`,
      );
    }
    return known[0] ?? '';
  }
  if (known.includes(wanted)) return wanted;
  throw new OperatorError(
    `stack ${stack} has no pipeline ${JSON.stringify(pipeline)}: ` +
      (named.length === 0 ? 'it is one pipeline, leave --pipeline out' : `it has ${named.join(', ')}`),
  );
}

function addressesIn(place: Place): Omit<Addresses, 'brakeRole' | 'functions' | 'mappings'> {
  const output = (key: string) => outputOf(place, key);
  return {
    name: place.prefix === '' ? place.stack : `${place.stack}/${place.prefix}`,
    requestsQueue: output('RequestsQueueUrl'),
    requestsDeadLetterQueue: output('RequestsDeadLetterQueueUrl'),
    readingsQueue: output('ReadingsQueueUrl'),
    readingsDeadLetterQueue: output('ReadingsDeadLetterQueueUrl'),
    table: output('StateTableName'),
    backfillQueue: outputValue(place, 'BackfillQueueUrl'),
    backfillMapping: outputValue(place, 'BackfillMappingId'),
  };
}

function outputValue({ outputs, prefix }: Place, key: string): string | undefined {
  const value = outputs.find(({ OutputKey }) => OutputKey === `${prefix}${key}`)?.OutputValue;
  return value === '' ? undefined : value;
}

function outputOf(place: Place, key: string): string {
  const value = outputValue(place, key);
  if (value !== undefined) return value;
  throw new OperatorError(
    `stack ${place.stack} has no output ${place.prefix}${key}: it is not a pipeline of Weir, or its deployment is not complete`,
  );
}

/** Undefined for a stack deployed before its functions were among its outputs. */
function functionsIn(place: Place): Addresses['functions'] | undefined {
  const [reader, compute, writer] = (['Reader', 'Compute', 'Writer'] as const).map((stage) =>
    outputValue(place, `${stage}FunctionName`),
  );
  if (reader === undefined || compute === undefined || writer === undefined) return undefined;
  return { reader, compute, writer };
}

/** Empty for a stack deployed before it had these outputs. */
function brakeIn(place: Place): Pick<Addresses, 'brakeRole' | 'mappings'> {
  const mappings = (['Reader', 'Compute', 'Writer'] as const).flatMap((name): [Stage, string][] => {
    const id = outputValue(place, `${name}MappingId`);
    return id === undefined ? [] : [[LOGICAL_IDS[name], id]];
  });
  return { mappings: Object.fromEntries(mappings), brakeRole: outputValue(place, 'BrakeRoleArn') };
}

const LOGICAL_IDS = { Reader: 'reader', Compute: 'compute', Writer: 'writer' } as const;

/**
 * Only the functions' metrics and the redrive of outputs need this, so a refusal does not stop the command.
 */
async function functionsOf(client: CloudFormationClient, name: string): Promise<Addresses['functions']> {
  const { DescribeStackResourcesCommand } = await import('@aws-sdk/client-cloudformation');
  const functions: Partial<Record<Stage, string>> = {};
  try {
    const answer = await client.send(new DescribeStackResourcesCommand({ StackName: name }));
    for (const { LogicalResourceId, PhysicalResourceId } of answer.StackResources ?? []) {
      const stage = Object.entries(LOGICAL_IDS).find(([id]) => id === LogicalResourceId)?.[1];
      if (stage !== undefined && PhysicalResourceId !== undefined) functions[stage] = PhysicalResourceId;
    }
  } catch (error) {
    if (!(error instanceof Error) || !/AccessDenied/.test(error.name)) throw error;
  }
  return functions;
}
