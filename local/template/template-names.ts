/**
 * Local names of resources: name, ARN, and the values of Ref and GetAtt. A resource without a name in the
 * template is called by its logical id, so that a log line leads to the template.
 */
import { LOCAL_ACCOUNT, LOCAL_REGION, QUEUE_URL_ORIGIN } from './stack-spec.ts';

export interface Addresses {
  readonly name: string;
  readonly arn: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export function addressesOf(id: string, type: string, property: (name: string) => unknown): Addresses {
  const named = (nameProperty: string, otherwise = id) => String(property(nameProperty) ?? otherwise);
  switch (type) {
    case 'AWS::SQS::Queue': {
      const fifo = String(property('FifoQueue')) === 'true';
      const name = named('QueueName', fifo ? `${id}.fifo` : id);
      const url = `${QUEUE_URL_ORIGIN}/${LOCAL_ACCOUNT}/${name}`;
      return addresses(name, arnOf('sqs', name), url, { QueueName: name, QueueUrl: url });
    }
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable': {
      const name = named('TableName');
      const arn = arnOf('dynamodb', `table/${name}`);
      return addresses(name, arn, name, { StreamArn: `${arn}/stream/local` });
    }
    case 'AWS::Lambda::Function': {
      const name = named('FunctionName');
      return addresses(name, arnOf('lambda', `function:${name}`), name);
    }
    case 'AWS::Lambda::Version': {
      const arn = `${arnOf('lambda', `function:${String(property('FunctionName'))}`)}:1`;
      return addresses(id, arn, arn, { Version: '1' });
    }
    case 'AWS::Lambda::Alias': {
      const name = `${String(property('FunctionName'))}:${String(property('Name'))}`;
      const arn = arnOf('lambda', `function:${name}`);
      return addresses(name, arn, arn);
    }
    case 'AWS::IAM::Role': {
      const name = named('RoleName');
      return addresses(name, `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`, name);
    }
    case 'AWS::S3::Bucket': {
      const name = named('BucketName', id.toLowerCase());
      return addresses(name, `arn:aws:s3:::${name}`, name);
    }
    case 'AWS::Lambda::EventSourceMapping': {
      const arn = arnOf('lambda', `event-source-mapping:${id}`);
      return addresses(id, arn, id, { EventSourceMappingArn: arn, Id: id });
    }
    case 'AWS::Logs::LogGroup': {
      const name = named('LogGroupName');
      return addresses(name, `${arnOf('logs', `log-group:${name}`)}:*`, name);
    }
    default:
      return addresses(id, arnOf((type.split('::')[1] ?? type).toLowerCase(), id), id);
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
export function pseudoParameter(name: string, stackName: string): string | undefined {
  const values: Record<string, string> = {
    'AWS::AccountId': LOCAL_ACCOUNT,
    'AWS::Partition': 'aws',
    'AWS::Region': LOCAL_REGION,
    'AWS::StackId': arnOf('cloudformation', `stack/${stackName}/local`),
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return values[name];
}

function addresses(
  name: string,
  arn: string,
  ref: string,
  attributes: Readonly<Record<string, string>> = {},
): Addresses {
  return { name, arn, ref, attributes: { Arn: arn, ...attributes } };
}

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;
}
