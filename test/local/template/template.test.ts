import { expect, test } from 'vitest';
import { planStack } from '../../../local/template/template.ts';
import { allow, arnOf, queue, queueMapping, streamMapping, table, tinyTemplate } from '../tiny-stack.ts';

const handler = { code: 'export const handler = () => {}' };
const plan = (resources: Record<string, object>, functions = {}) =>
  planStack(tinyTemplate(functions, resources));

test('a queue keeps all of its settings, and has SQS defaults for the others', () => {
  const { queues } = plan({
    Plain: queue(),
    Full: queue({
      QueueName: { 'Fn::Join': ['-', ['full', { Ref: 'AWS::StackName' }, 'x.fifo']] },
      FifoQueue: true,
      VisibilityTimeout: '60',
      MessageRetentionPeriod: 1_209_600,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      RedrivePolicy: { deadLetterTargetArn: arnOf('Plain'), maxReceiveCount: 3 },
    }),
  });
  expect(queues).toMatchObject([
    {
      name: 'Plain',
      fifo: false,
      visibilityTimeoutSeconds: 30,
      retentionSeconds: 345_600,
      redrive: undefined,
    },
    {
      name: 'full-tiny-x.fifo',
      arn: 'arn:aws:sqs:us-east-1:000000000000:full-tiny-x.fifo',
      fifo: true,
      visibilityTimeoutSeconds: 60,
      deduplicationScope: 'messageGroup',
      redrive: { deadLetterQueueArn: 'arn:aws:sqs:us-east-1:000000000000:Plain', maxReceiveCount: 3 },
    },
  ]);
});

test('a function gets its code, its variables with references resolved, and the statements of its role alone', () => {
  const functions = {
    Worker: {
      ...handler,
      timeout: 7,
      env: { URL: { Ref: 'Inbox' }, TEXT: { 'Fn::Sub': `\${Inbox.QueueName} of \${AWS::Region} \${!kept}` } },
      statements: [allow('sqs:SendMessage', arnOf('Inbox'))],
    },
    Other: handler,
  };
  const { functions: planned } = plan({ Inbox: queue() }, functions);
  expect(planned[0]).toMatchObject({
    name: 'Worker',
    directory: expect.stringMatching(/\/Worker$/),
    timeoutSeconds: 7,
    environment: { URL: 'http://sqs.invalid/000000000000/Inbox', TEXT: `Inbox of us-east-1 \${kept}` },
    policy: [
      {
        effect: 'Allow',
        actions: ['sqs:SendMessage'],
        resources: ['arn:aws:sqs:us-east-1:000000000000:Inbox'],
      },
    ],
  });
  expect(planned[1]?.policy).toEqual([]);
});

test('mappings keep their settings; a retry limit of -1 means no limit', () => {
  const { queueMappings, streamMappings } = plan(
    {
      Inbox: queue(),
      Table: table('NEW_IMAGE'),
      FromQueue: queueMapping('Inbox', 'Worker', { BatchSize: 4, ScalingConfig: { MaximumConcurrency: 3 } }),
      FromStream: streamMapping('Table', 'Worker', {
        MaximumRetryAttempts: -1,
        BisectBatchOnFunctionError: true,
        FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      }),
    },
    { Worker: handler },
  );
  expect(queueMappings).toMatchObject([
    { functionName: 'Worker', batchSize: 4, concurrencyMax: 3, partialResponses: true },
  ]);
  expect(streamMappings).toMatchObject([
    { retriesMax: undefined, bisect: true, batchSize: 100, filters: [{ eventName: ['INSERT'] }] },
  ]);
});

test.each<[string, Record<string, object>, string]>([
  ['a resource type', { Odd: { Type: 'AWS::Kinesis::Stream' } }, 'Odd: the local run does not know'],
  [
    'an intrinsic function',
    { Q: queue({ QueueName: { 'Fn::Cidr': [] } }) },
    'Q.QueueName: the local run does not know the intrinsic function Fn::Cidr',
  ],
  ['a reference', { Q: queue({ QueueName: { Ref: 'Nowhere' } }) }, 'Q.QueueName: Ref to Nowhere'],
  [
    'an attribute',
    { Q: queue(), R: queue({ QueueName: { 'Fn::GetAtt': ['Q', 'Colour'] } }) },
    'Fn::GetAtt of Colour of Q',
  ],
  ['a property', { Q: queue({ Colour: 'red' }) }, 'Q (AWS::SQS::Queue): property Colour'],
  [
    'a condition',
    { Q: { ...queue(), Condition: 'Sometimes' } },
    'Q (AWS::SQS::Queue) has the Condition Sometimes',
  ],
  [
    'a filter operator',
    {
      T: table('NEW_IMAGE'),
      M: streamMapping('T', 'F', {
        FilterCriteria: { Filters: [{ Pattern: '{"a":[{"anything-but":1}]}' }] },
      }),
    },
    'M: filter 1.a',
  ],
  [
    'an event source',
    { M: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: 'arn:aws:kafka:x' } } },
    'M: the local run knows queues and streams',
  ],
])('an unknown %s is an error that names it', (_what, resources, message) => {
  expect(() => plan(resources, { F: handler })).toThrow(message);
});

test('a statement with a Condition is refused: what it allows could not be told', () => {
  const conditional = {
    ...allow('sqs:SendMessage', '*'),
    Condition: { Bool: { 'aws:SecureTransport': 'true' } },
  };
  expect(() => plan({}, { F: { ...handler, statements: [conditional] } })).toThrow('FRole (AWS::IAM::Role)');
});

test('a statement with a Condition for a service that is not here, such as KMS, keeps no function from running', () => {
  const ofKey = { ...allow('kms:Decrypt', '*'), Condition: { StringEquals: { 'kms:ViaService': 'sqs' } } };
  const { functions } = plan({}, { F: { ...handler, statements: [ofKey, allow('sqs:SendMessage', '*')] } });
  expect(functions[0]?.policy.map(({ actions }) => actions)).toEqual([['sqs:SendMessage']]);
});

test('code that is not among the assets is an error', () => {
  const source = tinyTemplate({ F: handler }, {});
  expect(() => planStack({ ...source, assets: { files: {} } })).toThrow('F: its code F.zip is not in');
});
