import { describe, expect, test } from 'vitest';
import { DEAD_SORT_KEY_PREFIX, STATE_SORT_KEY } from '../../functions/item-names.ts';
import {
  capabilitiesByResource,
  FEED,
  propertiesOf,
  resourcesOf,
  TOPIC,
  tallyTemplate,
} from './tally-template.ts';

const template = tallyTemplate();
const withResults = tallyTemplate({
  resultsQueue: true,
  readFrom: [{ bucketName: 'access-logs', prefix: 'site/' }],
  environment: { ALLOWED_HOSTS: 'logs.example.org' },
});
const withBackfill = tallyTemplate({ backfill: { readersMax: 4, share: 0.3 } });
const ALARMS = [
  'RequestsAge',
  'ReadingsAge',
  'ReadingsBacklog',
  'RequestsDead',
  'SubmitsRefused',
  'ReadingsDead',
  'ResultsAge',
  'ResultsDead',
  'StoppedKeys',
  'Conflicts',
  'StateHalfFull',
  'StateNearlyFull',
  'OutputsAge',
  'WritesFailed',
  'Errors',
  'Throttles',
  'RunsPerMessage',
];
const DAYS = 86_400;
const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const RECEIVE = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];

describe('each role holds exactly the actions and resources that its function uses', () => {
  const writer = {
    'WriterLogs.Arn': LOGS,
    'StateTable.StreamArn': ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    // The one action of all that takes no resource.
    '*': ['dynamodb:ListStreams'],
    'StateTable.Arn': ['dynamodb:GetItem'],
    'ReadingsDeadLetterQueue.Arn': ['sqs:SendMessage'],
    // What a write submits.
    'RequestsQueue.Arn': ['sqs:SendMessage'],
    'UndeliveredBucket.Arn/*': ['s3:PutObject'],
    'UndeliveredBucket.Arn': ['s3:ListBucket'],
  };
  const reader = {
    'ReaderLogs.Arn': LOGS,
    'RequestsQueue.Arn': ['sqs:ChangeMessageVisibility', ...RECEIVE, 'sqs:SendMessage'],
    'RequestsDeadLetterQueue.Arn': ['sqs:SendMessage'],
    'ReadingsQueue.Arn': ['sqs:SendMessage'],
  };

  test('reader', () => {
    expect(capabilitiesByResource(template, 'Reader')).toEqual(reader);
  });

  test('compute', () => {
    expect(capabilitiesByResource(template, 'Compute')).toEqual({
      'ComputeLogs.Arn': LOGS,
      'ReadingsQueue.Arn': RECEIVE,
      'StateTable.Arn': ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    });
  });

  test('writer', () => {
    expect(capabilitiesByResource(template, 'Writer')).toEqual(writer);
  });

  test('a results queue adds one send to the writer, a place to read from one prefix to the reader', () => {
    expect(capabilitiesByResource(withResults, 'Writer')).toEqual({
      ...writer,
      'ResultsQueue.Arn': ['sqs:SendMessage'],
    });
    expect(capabilitiesByResource(withResults, 'Reader')).toEqual({
      ...reader,
      'arn:AWS::Partition:s3:::access-logs/site/*': ['s3:GetObject'],
    });
  });

  test('a backfill lane adds what the reader does with its queue', () => {
    expect(capabilitiesByResource(withBackfill, 'Reader')).toEqual({
      ...reader,
      'BackfillQueue.Arn': ['sqs:ChangeMessageVisibility', ...RECEIVE, 'sqs:SendMessage'],
    });
    expect(capabilitiesByResource(withBackfill, 'Writer')).toEqual(writer);
  });

  test('no other role, no managed policy and no other policy exists', () => {
    const roles = resourcesOf(withResults, 'AWS::IAM::Role');
    expect(Object.keys(roles).sort()).toEqual(['BrakeRole', 'ComputeRole', 'ReaderRole', 'WriterRole']);
    for (const { Properties } of Object.values(roles))
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(resourcesOf(withResults, 'AWS::IAM::Policy')).toEqual({});
    expect(resourcesOf(withResults, 'AWS::IAM::ManagedPolicy')).toEqual({});
  });
});

describe('no deployment loses data:', () => {
  // CloudFormation replaces what changes its id: a changed line here means new and empty queues and tables.
  test('the logical id of every resource stays', () => {
    const types = Object.entries(withResults.Resources).map(([id, { Type }]) => [
      id,
      Type.replace('AWS::', ''),
    ]);
    expect(Object.fromEntries(types)).toEqual({
      RequestsQueue: 'SQS::Queue',
      RequestsQueuePolicy: 'SQS::QueuePolicy',
      RequestsDeadLetterQueue: 'SQS::Queue',
      RequestsDeadLetterQueuePolicy: 'SQS::QueuePolicy',
      ReadingsQueue: 'SQS::Queue',
      ReadingsQueuePolicy: 'SQS::QueuePolicy',
      ReadingsDeadLetterQueue: 'SQS::Queue',
      ReadingsDeadLetterQueuePolicy: 'SQS::QueuePolicy',
      ResultsQueue: 'SQS::Queue',
      ResultsQueuePolicy: 'SQS::QueuePolicy',
      ResultsDeadLetterQueue: 'SQS::Queue',
      ResultsDeadLetterQueuePolicy: 'SQS::QueuePolicy',
      StateTable: 'DynamoDB::Table',
      UndeliveredBucket: 'S3::Bucket',
      UndeliveredBucketPolicy: 'S3::BucketPolicy',
      Reader: 'Lambda::Function',
      ReaderRole: 'IAM::Role',
      ReaderLogs: 'Logs::LogGroup',
      ReaderMapping: 'Lambda::EventSourceMapping',
      Compute: 'Lambda::Function',
      ComputeRole: 'IAM::Role',
      ComputeLogs: 'Logs::LogGroup',
      ComputeMapping: 'Lambda::EventSourceMapping',
      Writer: 'Lambda::Function',
      WriterRole: 'IAM::Role',
      WriterLogs: 'Logs::LogGroup',
      WriterMapping: 'Lambda::EventSourceMapping',
      BrakeRole: 'IAM::Role',
      ...Object.fromEntries(ALARMS.map((name) => [`${name}Alarm`, 'CloudWatch::Alarm'])),
      Dashboard: 'CloudWatch::Dashboard',
    });
  });

  test.each(['AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::S3::Bucket'])('%s is retained', (type) => {
    const resources = Object.values(resourcesOf(withResults, type));
    expect(resources.length).toBeGreaterThan(0);
    for (const resource of resources) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  test('the table is protected, can be restored to any second, and expires items by their own time', () => {
    expect(propertiesOf(template, 'StateTable')).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });

  test('every queue keeps messages for 14 days, a dead-letter queue no shorter than its source', () => {
    const queues = Object.values(resourcesOf(withResults, 'AWS::SQS::Queue'));
    expect(queues).toHaveLength(6);
    for (const { Properties } of queues) expect(Properties['MessageRetentionPeriod']).toBe(14 * DAYS);
  });
});

describe('queues', () => {
  const fifo = {
    FifoQueue: true,
    ContentBasedDeduplication: false,
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  };

  test('readings are FIFO with quota and deduplication per group, and so is their dead-letter queue', () => {
    expect(propertiesOf(template, 'ReadingsQueue')).toMatchObject(fifo);
    expect(propertiesOf(template, 'ReadingsDeadLetterQueue')).toMatchObject(fifo);
  });

  test.each(['Requests', 'Results'])('%s are a standard queue, and so is their dead-letter queue', (name) => {
    expect(propertiesOf(withResults, `${name}Queue`)).not.toHaveProperty('FifoQueue');
    expect(propertiesOf(withResults, `${name}DeadLetterQueue`)).not.toHaveProperty('FifoQueue');
  });

  test('a message goes to its own dead-letter queue, by SQS only after all attempts of the reader', () => {
    const redrive = (name: string) => propertiesOf(withResults, `${name}Queue`)['RedrivePolicy'];
    const target = (name: string) => ({ 'Fn::GetAtt': [`${name}DeadLetterQueue`, 'Arn'] });
    expect(redrive('Requests')).toEqual({ deadLetterTargetArn: target('Requests'), maxReceiveCount: 1000 });
    expect(redrive('Readings')).toEqual({ deadLetterTargetArn: target('Readings'), maxReceiveCount: 1000 });
    expect(redrive('Results')).toEqual({ deadLetterTargetArn: target('Results'), maxReceiveCount: 10 });
  });

  test('requests stay invisible for six timeouts of the reader, readings for little more than one of compute', () => {
    const timeout = (name: string) => Number(propertiesOf(template, name)['Timeout']);
    const visibility = (name: string) => propertiesOf(template, `${name}Queue`)['VisibilityTimeout'];
    expect(timeout('Reader')).toBeGreaterThan(0);
    expect(visibility('Requests')).toBe(6 * timeout('Reader'));
    expect(timeout('Compute')).toBeGreaterThan(0);
    expect(visibility('Readings')).toBe(timeout('Compute') + 10);
  });

  test('are all encrypted and refuse plain HTTP and other accounts', () => {
    const queues = resourcesOf(withResults, 'AWS::SQS::Queue');
    for (const [id, { Properties }] of Object.entries(queues)) {
      expect(Properties['SqsManagedSseEnabled']).toBe(true);
      expect(propertiesOf(withResults, `${id}Policy`)['PolicyDocument']).toEqual({
        Version: '2012-10-17',
        Statement: [{ ...refusePlainHttp, Action: 'sqs:*', Resource: { 'Fn::GetAtt': [id, 'Arn'] } }],
      });
    }
    expect(propertiesOf(withResults, 'UndeliveredBucketPolicy')['PolicyDocument']).toMatchObject({
      Statement: [{ ...refusePlainHttp, Action: 's3:*' }],
    });
  });

  const refusePlainHttp = {
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
});

describe('functions', () => {
  test.each(['Reader', 'Compute', 'Writer'])(
    '%s runs on Node 24 on arm64 with its own role and log group',
    (name) => {
      expect(propertiesOf(template, name)).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: 256,
        RecursiveLoop: 'Terminate',
        Role: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] },
        LoggingConfig: { LogGroup: { Ref: `${name}Logs` } },
      });
      expect(propertiesOf(template, `${name}Logs`)).toEqual({ RetentionInDays: 30 });
      expect(propertiesOf(template, name)).not.toHaveProperty('ReservedConcurrentExecutions');
    },
  );

  test('each get the names of the resources that they may use, and no others', () => {
    const variables = (name: string) => propertiesOf(withResults, name)['Environment'];
    const common = { WEIR_STACK_NAME: 'tally-test', WEIR_TRACED_PERCENT: '1' };
    expect(variables('Reader')).toEqual({
      Variables: {
        ...common,
        ALLOWED_HOSTS: 'logs.example.org',
        WEIR_REQUESTS_QUEUE_URL: { Ref: 'RequestsQueue' },
        WEIR_REQUESTS_DEAD_LETTER_QUEUE_URL: { Ref: 'RequestsDeadLetterQueue' },
        WEIR_READINGS_QUEUE_URL: { Ref: 'ReadingsQueue' },
      },
    });
    expect(variables('Compute')).toEqual({
      Variables: { ...common, WEIR_TABLE_NAME: { Ref: 'StateTable' } },
    });
    expect(variables('Writer')).toEqual({
      Variables: {
        ...common,
        ALLOWED_HOSTS: 'logs.example.org',
        WEIR_TABLE_NAME: { Ref: 'StateTable' },
        WEIR_READINGS_DEAD_LETTER_QUEUE_URL: { Ref: 'ReadingsDeadLetterQueue' },
        WEIR_REQUESTS_QUEUE_URL: { Ref: 'RequestsQueue' },
        WEIR_RESULTS_QUEUE_URL: { Ref: 'ResultsQueue' },
      },
    });
  });

  test("a variable of the pipeline's own cannot take the place of one of Weir's", () => {
    expect(() => tallyTemplate({ environment: { WEIR_READINGS_QUEUE_URL: 'elsewhere' } })).toThrow(
      "environment variable WEIR_READINGS_QUEUE_URL of Reader is Weir's own",
    );
  });
});

describe('event source mappings', () => {
  test.each([
    ['Reader', 'RequestsQueue'],
    ['Compute', 'ReadingsQueue'],
  ])(
    '%s takes batches of ten from %s with a limited concurrency, and reports failures by message',
    (name, queue) => {
      expect(propertiesOf(template, `${name}Mapping`)).toEqual({
        BatchSize: 10,
        EventSourceArn: { 'Fn::GetAtt': [queue, 'Arn'] },
        FunctionName: { Ref: name },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 50 },
      });
    },
  );

  test('pass every record to the writer, and store the data of a record that keeps failing', () => {
    const { FilterCriteria, ...mapping } = propertiesOf(template, 'WriterMapping');
    expect(mapping).toEqual({
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      // A bucket: a queue or topic would get the position of the record only.
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['UndeliveredBucket', 'Arn'] } } },
      EventSourceArn: { 'Fn::GetAtt': ['StateTable', 'StreamArn'] },
      FunctionName: { Ref: 'Writer' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRecordAgeInSeconds: 20 * 3600,
      MaximumRetryAttempts: 20,
      ParallelizationFactor: 1,
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  test('pass only commits with outputs and dead readings to the writer', () => {
    const image = (pattern: object) => ({ Pattern: JSON.stringify({ dynamodb: { NewImage: pattern } }) });
    expect(propertiesOf(template, 'WriterMapping')['FilterCriteria']).toEqual({
      Filters: [
        image({ sk: { S: [STATE_SORT_KEY] }, outputs: { S: [{ exists: true }] } }),
        image({ sk: { S: [{ prefix: DEAD_SORT_KEY_PREFIX }] } }),
      ],
    });
  });
});

describe('the template as a whole', () => {
  test('passes the validation of CloudFormation and the AwsSolutions rules of cdk-nag', {
    timeout: 1_200_000,
  }, () => {
    const everything = { resultsQueue: true, readFrom: [{ bucketName: 'b', prefix: 'p/' }], feed: FEED };
    expect(() => tallyTemplate({ ...everything, alarmTopicArn: TOPIC, validate: true })).not.toThrow();
  });

  test('is the same as its snapshot', () => {
    const layout = (name: string, value: unknown) => (name === 'DashboardBody' ? 'LAYOUT' : value);
    const normalised = JSON.stringify(withResults, layout, 2).replace(/[0-9a-f]{64}/g, 'HASH');
    expect(normalised).toMatchSnapshot();
  });
});
