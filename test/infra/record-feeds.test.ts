/**
 * A stack with a feed of each kind. The sources belong to others, so only the permissions on them are tested.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { SecurityGroup, Subnet } from 'aws-cdk-lib/aws-ec2';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { afterAll, describe, expect, test } from 'vitest';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { capabilitiesOf, capabilityTable } from '../../infra/capabilities.ts';
import { addChecks } from '../../infra/checks.ts';
import type { Feed } from '../../infra/feed.ts';
import type { WeirPipelineProps } from '../../infra/pipeline-props.ts';
import { PipelineStack } from '../../infra/pipeline-stack.ts';
import { contextOfCdkJson } from '../../infra/synthesize.ts';
import tally from './tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-feeds-'));
afterAll(() => rmSync(folder, { recursive: true }));

function emptyBundle(name: string): string {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'index.mjs'), `// ${name}`);
  return join(folder, name);
}

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const env = { account: ACCOUNT, region: REGION };
const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const CLUSTER = arn('kafka', 'cluster/shop/6d16e2c2-4c4d-4a8e-8f5c-1f2f3f4f5f6f-2');

type FeedOf = (sources: Stack) => Feed;

let apps = 0;
function synth(feedOf: FeedOf, props: Partial<WeirPipelineProps> = {}, validate = false) {
  apps += 1;
  const app = new App({
    context: contextOfCdkJson(),
    outdir: join(folder, `cdk.out.${apps}`),
    analyticsReporting: false,
    builtinCloudFormationValidation: validate,
  });
  if (validate) addChecks(app);
  // A stack of imported sources alone has no resource, which CloudFormation refuses.
  const feed = feedOf(new Stack(validate ? new App() : app, 'sources', { env }));
  const stack = new PipelineStack(app, 'fed', {
    env,
    ...props,
    feed,
    entry: 'tally.ts',
    bundled: {
      name: tally.name,
      limits: tally.limits,
      namesSources: false,
      wakes: false,
      writes: true,
      bundles: {
        reader: emptyBundle('reader'),
        compute: emptyBundle('compute'),
        writer: emptyBundle('writer'),
      },
      feedBundle: emptyBundle('feed'),
    },
  });
  return { template: Template.fromStack(stack), app };
}

const secret = (scope: Stack, name: string) =>
  Secret.fromSecretCompleteArn(scope, name, arn('secretsmanager', `secret:${name}-AbCdEf`));

const EVERY_FEED: FeedOf = (scope) => ({
  queue: Queue.fromQueueArn(scope, 'Orders', arn('sqs', 'orders')),
  topic: Topic.fromTopicArn(scope, 'Prices', arn('sns', 'prices')),
  dynamoStream: Table.fromTableAttributes(scope, 'Stock', {
    tableArn: arn('dynamodb', 'table/stock'),
    tableStreamArn: arn('dynamodb', 'table/stock/stream/2026-01-01T00:00:00.000'),
  }),
  kinesis: { stream: Stream.fromStreamArn(scope, 'Meters', arn('kinesis', 'stream/meters')), from: 'newest' },
  kafka: [
    { cluster: CLUSTER, topic: 'sales', auth: 'iam' },
    {
      bootstrapServers: ['kafka-1.example.com:9096', 'kafka-2.example.com:9096'],
      topic: 'returns',
      auth: { scram512: secret(scope, 'scram') },
      rootCertificate: secret(scope, 'root'),
      network: {
        subnets: [Subnet.fromSubnetId(scope, 'Net', 'subnet-1')],
        securityGroup: SecurityGroup.fromSecurityGroupId(scope, 'Group', 'sg-1'),
      },
    },
    { bootstrapServers: ['kafka.example.com:9094'], topic: 'audit', auth: { mtls: secret(scope, 'client') } },
  ],
});

describe('a stack with a feed of each kind', () => {
  const { template } = synth(EVERY_FEED);

  test('gives each feed only the permissions that its source needs, as docs/capabilities-of-feeds.md says', async () => {
    const feeds = capabilitiesOf(template.toJSON()).filter((each) => each.function.includes('Feed'));
    const page = [
      '# Permissions of the function of each feed',
      '',
      'test/infra/record-feeds.test.ts writes this page (`npx vitest run test/infra/record-feeds.test.ts -u`) and fails when it is out of',
      'date. The stack has a feed of each kind, and three for Kafka: MSK with IAM, brokers in a network with SASL, and brokers on',
      'the internet with mTLS. `*` stands for all resources, where an action takes none or the names are not known before.',
      '',
      capabilityTable('fed', feeds),
    ].join('\n');
    await expect(page).toMatchFileSnapshot(join(PROJECT, 'docs', 'capabilities-of-feeds.md'));
  });

  test('uses partial batch responses, and for Kafka, which has none, repeats the whole batch', () => {
    const mapping = (id: string) => template.toJSON()['Resources'][`${id}FeedMapping`].Properties;
    for (const id of ['Queue', 'Topic', 'DynamoStream', 'Kinesis']) {
      expect(mapping(id)).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
      // Without end: nothing is passed over that SQS has not confirmed.
      expect(mapping(id)).not.toHaveProperty('MaximumRetryAttempts');
    }
    expect(mapping('Kinesis')).toMatchObject({ StartingPosition: 'LATEST' });
    expect(mapping('DynamoStream')).toMatchObject({ StartingPosition: 'TRIM_HORIZON' });
    expect(mapping('Kafka')).not.toHaveProperty('FunctionResponseTypes');
    expect(mapping('Kafka')).toMatchObject({
      EventSourceArn: CLUSTER,
      Topics: ['sales'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'weir-fed-KafkaFeed' },
    });
    expect(template.toJSON()['Resources']['KafkaFeed2Mapping'].Properties).toMatchObject({
      SelfManagedEventSource: {
        Endpoints: { KafkaBootstrapServers: ['kafka-1.example.com:9096', 'kafka-2.example.com:9096'] },
      },
      SourceAccessConfigurations: [
        { Type: 'SASL_SCRAM_512_AUTH', URI: arn('secretsmanager', 'secret:scram-AbCdEf') },
        { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: arn('secretsmanager', 'secret:root-AbCdEf') },
        { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
        { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
      ],
    });
  });

  test('subscribes a queue of its own to the topic, which takes messages from that topic alone', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      TopicArn: arn('sns', 'prices'),
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': ['TopicFeedQueue', 'Arn'] },
      RawMessageDelivery: Match.absent(),
    });
    expect(
      template.toJSON()['Resources']['TopicFeedQueuePolicy'].Properties.PolicyDocument.Statement[1],
    ).toMatchObject({
      Principal: { Service: 'sns.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': arn('sns', 'prices') } },
    });
  });

  test('raises alarms when a feed makes no progress', () => {
    const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).filter((id) =>
      id.includes('Feed'),
    );
    expect(alarms.sort()).toEqual([
      'DynamoStreamFeedAgeAlarm',
      'DynamoStreamFeedErrorsAlarm',
      'KafkaFeed2ErrorsAlarm',
      'KafkaFeed3ErrorsAlarm',
      'KafkaFeedErrorsAlarm',
      'KinesisFeedAgeAlarm',
      'KinesisFeedErrorsAlarm',
      'QueueFeedErrorsAlarm',
      'TopicFeedDeadAlarm',
      'TopicFeedErrorsAlarm',
    ]);
  });

  test('passes the validation of CloudFormation and the rules of cdk-nag', () => {
    expect(() => synth(EVERY_FEED, {}, true).app.synth()).not.toThrow();
  });
});

test('a feed may use the keys of its source, and under a key of the pipeline SNS may use that one', () => {
  const { template } = synth(
    (scope) => {
      const encryptionKey = Key.fromKeyArn(scope, 'Key', arn('kms', 'key/of-stream'));
      return {
        kinesis: Stream.fromStreamAttributes(scope, 'Meters', {
          streamArn: arn('kinesis', 'stream/meters'),
          encryptionKey,
        }),
        topic: Topic.fromTopicArn(scope, 'Prices', arn('sns', 'prices')),
      };
    },
    { encryptionKey: Key.fromKeyArn(new Stack(new App(), 'keys'), 'Own', arn('kms', 'key/own')) },
  );
  expect(capabilitiesOf(template.toJSON())).toContainEqual({
    function: 'KinesisFeed',
    action: 'kms:Decrypt',
    resource: arn('kms', 'key/of-stream'),
  });
});

describe('a feed that cannot work is refused at synth:', () => {
  const secretOf = (scope: Stack) => secret(scope, 'any');
  test.each<[string, FeedOf, RegExp]>([
    [
      'a table without a stream',
      (scope) => ({
        dynamoStream: new Table(scope, 'Stock', { partitionKey: { name: 'id', type: AttributeType.STRING } }),
      }),
      /^fed\/Pipeline: feed\.dynamoStream: the table sources\/Stock has no stream: give it one/,
    ],
    [
      'a topic without rights',
      (scope) => ({
        topic: Topic.fromTopicArn(scope, 'Prices', `arn:aws:sns:${REGION}:999999999999:prices`),
      }),
      /^fed\/Pipeline: feed\.topic: arn:.*:prices is of account 999999999999, and this stack, of 123456789012, has no right to subscribe/,
    ],
    [
      'a queue whose messages come back before its feed is done',
      (scope) => ({ queue: new Queue(scope, 'Orders', { visibilityTimeout: Duration.seconds(10) }) }),
      /feed\.queue: sources\/Orders has a visibility timeout of 10 s, .*: give it 30 or more/,
    ],
    [
      'a Kafka topic that Lambda has no right to read',
      () => ({ kafka: { cluster: CLUSTER, topic: 'sales' } }) as unknown as Feed,
      /feed\.kafka: the topic "sales" has no auth, so Lambda would have no right to read it: give auth: 'iam'/,
    ],
    [
      'brokers on the internet without auth',
      () => ({ kafka: { bootstrapServers: ['b:9092'], topic: 'sales', auth: 'none' } }),
      /has auth 'none' and no network/,
    ],
    [
      'a broker without a port',
      (scope) => ({ kafka: { bootstrapServers: ['b'], topic: 'sales', auth: { plain: secretOf(scope) } } }),
      /has the bootstrap server "b": give one or more as "host:port"/,
    ],
    [
      'an invalid cluster',
      () => ({ kafka: { cluster: 'shop', topic: 'sales', auth: 'iam' } }),
      /is of the cluster "shop", which is no ARN of an MSK cluster/,
    ],
    [
      'a topic with a name that Kafka does not take',
      () => ({ kafka: { cluster: CLUSTER, topic: 'a b', auth: 'iam' } }),
      /the topic "a b" is not a valid name/,
    ],
    [
      'brokers that are not of MSK, with the sign-in of MSK',
      () => ({ kafka: { bootstrapServers: ['b:9092'], topic: 'sales', auth: 'iam' } }) as unknown as Feed,
      /the topic "sales" has auth 'iam' and bootstrapServers: Lambda signs in with IAM on MSK only/,
    ],
    [
      'a Kafka feed without a topic',
      () => ({ kafka: { cluster: CLUSTER, auth: 'iam' } }) as unknown as Feed,
      /the topic undefined is not a valid name/,
    ],
    ...(['queue', 'topic', 'dynamoStream', 'kinesis', 'kafka'] as const).map(
      (name): [string, FeedOf, RegExp] => [
        `the name of a source instead of the source: ${name}`,
        () => ({ [name]: arn('any', 'sales') }) as unknown as Feed,
        new RegExp(`^fed/Pipeline: feed\\.${name} is a string: use (a|{) `),
      ],
    ),
  ])('%s', (_what, feedOf, sentence) => {
    expect(() => synth(feedOf)).toThrow(sentence);
  });

  test('but a table with a stream and a queue with enough time are accepted', () => {
    const partitionKey = { name: 'id', type: AttributeType.STRING };
    expect(() =>
      synth((scope) => ({
        dynamoStream: new Table(scope, 'Stock', { partitionKey, stream: StreamViewType.NEW_IMAGE }),
        queue: [
          new Queue(scope, 'Orders'),
          new Queue(scope, 'More', { visibilityTimeout: Duration.minutes(5) }),
        ],
      })),
    ).not.toThrow();
  });
});
