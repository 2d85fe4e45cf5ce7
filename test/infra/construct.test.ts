/**
 * The construct in users' stacks: next to their resources, twice in one stack, with their key and in their
 * VPC.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { App, RemovalPolicy, Stack, Tags, Validations } from 'aws-cdk-lib/core';
import { afterAll, describe, expect, test } from 'vitest';
import { bundlePipeline } from '../../infra/bundling/bundle-pipeline.ts';
import { addChecks } from '../../infra/checks.ts';
import type { WeirPipelineProps } from '../../infra/pipeline-props.ts';
import { contextOfCdkJson } from '../../infra/synthesize.ts';
import { WeirPipeline } from '../../infra/weir-pipeline.ts';
import tally from './tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-construct-'));
afterAll(() => rmSync(folder, { recursive: true }));

const entry = join(import.meta.dirname, 'tally.ts');
const bundled = {
  name: tally.name,
  limits: tally.limits,
  namesSources: false,
  wakes: false,
  writes: true,
  bundles: { reader: emptyBundle('reader'), compute: emptyBundle('compute'), writer: emptyBundle('writer') },
};

function emptyBundle(name: string): string {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'index.mjs'), `// ${name}`);
  return join(folder, name);
}

let apps = 0;
function shop({ validate = false } = {}): Stack {
  apps += 1;
  const app = new App({
    context: contextOfCdkJson(),
    outdir: join(folder, `cdk.out.${apps}`),
    analyticsReporting: false,
    builtinCloudFormationValidation: validate,
  });
  if (validate) addChecks(app);
  return new Stack(app, 'Shop');
}

function pipeline(stack: Stack, id: string, props: Partial<WeirPipelineProps> = {}): WeirPipeline {
  return new WeirPipeline(stack, id, { entry, bundled, ...props });
}

test('a name that the stack uses already is refused with another one to use, also if only the outputs would collide', () => {
  const stack = shop();
  new Queue(stack, 'Energy');
  expect(() => pipeline(stack, 'Energy')).toThrow(
    "Shop/Energy: the name is taken by another construct of Shop: give the pipeline another, such as new WeirPipeline(this, 'EnergyPipeline', ...)",
  );
  pipeline(stack, 'Water-1');
  expect(() => pipeline(stack, 'Water1')).toThrow(
    'Shop/Water1: its outputs would have the names of those of Shop/Water-1 (Water1...)',
  );
});

describe('two pipelines in one stack, beside its own resources', () => {
  const stack = shop();
  new Queue(stack, 'Orders');
  pipeline(stack, 'Energy', { resultsQueue: true });
  pipeline(stack, 'Water');
  const template = Template.fromStack(stack);

  test('have their own functions, tables and queues', () => {
    template.resourceCountIs('AWS::Lambda::Function', 6);
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
    template.resourceCountIs('AWS::SQS::Queue', 1 + 6 + 4);
  });

  test('have different outputs, metrics and dashboards', () => {
    expect(Object.keys(template.findOutputs('*'))).toEqual(
      expect.arrayContaining([
        'EnergyRequestsQueueUrl',
        'WaterRequestsQueueUrl',
        'EnergyComputeFunctionName',
      ]),
    );
    template.hasOutput('WaterStatusCommand', { Value: 'npx weir status --stack Shop --pipeline Water' });
    for (const name of ['Energy', 'Water']) {
      const Dimensions = Match.arrayWith([{ Name: 'Pipeline', Value: `Shop/${name}` }]);
      template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'StoppedKeys', Dimensions });
      template.hasResourceProperties('AWS::Lambda::Function', {
        Environment: {
          Variables: Match.objectLike({ WEIR_STACK_NAME: 'Shop', WEIR_PIPELINE: `Shop/${name}` }),
        },
      });
      template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: `Shop-${name}` });
    }
  });

  test('cannot have the same name', () => {
    expect(() => pipeline(stack, 'Water')).toThrow(
      /^Shop\/Water: the name is taken by another construct of Shop/,
    );
  });
});

describe('grants', () => {
  const stack = shop();
  const energy = pipeline(stack, 'Energy');
  const role = new Role(stack, 'Api', { assumedBy: new AccountPrincipal('123456789012') });

  test('to submit allow sending requests; to read states allow get and query of the table', () => {
    energy.grantSubmit(role);
    energy.grantReadState(role);
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(policy?.['Properties'].PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^EnergyRequestsQueue/), 'Arn'] },
      },
      {
        Effect: 'Allow',
        Action: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^EnergyStateTable/), 'Arn'] },
      },
    ]);
  });

  test('to backfill allow sending into the queue of the lane, if there is one', () => {
    const other = shop();
    const api = new Role(other, 'Api', { assumedBy: new AccountPrincipal('123456789012') });
    const lane = { ...bundled, backfill: { readersMax: 5, share: 0.2 } };
    pipeline(other, 'Water', { bundled: lane }).grantBackfill(api);
    const [policy] = Object.values(Template.fromStack(other).findResources('AWS::IAM::Policy'));
    expect(policy?.['Properties'].PolicyDocument.Statement).toMatchObject([
      { Resource: { 'Fn::GetAtt': [expect.stringMatching(/^WaterBackfillQueue/), 'Arn'] } },
    ]);
    expect(() => energy.grantBackfill(role)).toThrow(
      "Shop/Energy: its pipeline has no backfill lane: add backfill: {} to the pipeline's file, or use grantSubmit",
    );
  });

  test('to forget keys allow sending into the readings queue', () => {
    const other = shop();
    const water = pipeline(other, 'Water');
    water.grantForget(new Role(other, 'Api', { assumedBy: new AccountPrincipal('123456789012') }));
    const [policy] = Object.values(Template.fromStack(other).findResources('AWS::IAM::Policy'));
    expect(policy?.['Properties'].PolicyDocument.Statement).toMatchObject([
      { Resource: { 'Fn::GetAtt': [expect.stringMatching(/^WaterReadingsQueue/), 'Arn'] } },
    ]);
  });

  test('the parts and metrics of a pipeline can be used by the rest of the app', () => {
    expect(energy.requestsQueue).toBe(energy.requests.queue);
    expect(energy.resultsQueue).toBeUndefined();
    expect(energy.deadLetterQueues.readings).toBe(energy.readings.deadLetterQueue);
    expect(energy.alarms.length).toBeGreaterThan(10);
    expect(energy.metricReadsDone().dimensions).toEqual({ Pipeline: 'Shop/Energy', Function: 'reader' });
    expect(energy.metricStoppedKeys().dimensions).toMatchObject({ Function: 'compute' });
    expect(energy.metricWritesFailed({ label: 'failed' })).toMatchObject({
      metricName: 'WritesFailed',
      label: 'failed',
      dimensions: { Function: 'writer' },
    });
    expect(energy.metricRequestsAge().metricName).toBe('ApproximateAgeOfOldestMessage');
  });
});

describe('in the stack of an application,', () => {
  const stack = shop({ validate: true });
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 1, restrictDefaultSecurityGroup: false });
  vpc.addFlowLog('Flow');
  const key = new Key(stack, 'Key', { enableKeyRotation: true });
  const securityGroup = new SecurityGroup(stack, 'Inside', { vpc });
  const feed = { bucket: { name: 'meters' } };
  pipeline(stack, 'Energy', {
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    securityGroups: [securityGroup],
    encryptionKey: key,
    feed,
    resultsQueue: true,
    environment: { HOST: 'db' },
    settings: {
      compute: { pollersMin: 2, pollersMax: 20, memoryMb: 512, provisionedConcurrency: 3 },
      reader: { timeoutSeconds: 60 },
    },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  Tags.of(stack).add('team', 'grid');

  test('pass the validation of CloudFormation and the rules of cdk-nag', { timeout: 1_200_000 }, () => {
    expect(() => App.of(stack)?.node.root instanceof App && Template.fromStack(stack)).not.toThrow();
  });

  test('one key encrypts queues, table, logs and bucket, and every function and service may use it', () => {
    const template = Template.fromStack(stack);
    const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
    for (const { Properties } of Object.values(template.findResources('AWS::SQS::Queue')))
      expect(Properties.KmsMasterKeyId).toEqual(keyArn);
    for (const { Properties } of Object.values(template.findResources('AWS::Logs::LogGroup', {})).filter(
      ({ Properties: { RetentionInDays } }) => RetentionInDays === 30,
    ))
      expect(Properties.KmsKeyId).toEqual(keyArn);
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
      DeletionProtectionEnabled: false,
    });
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          Match.objectLike({ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) }),
        ],
      },
    });
    const [{ Properties: properties } = { Properties: undefined }] = Object.values(
      template.findResources('AWS::KMS::Key'),
    );
    const text = JSON.stringify(properties);
    expect(text).toContain('"Service":"events.amazonaws.com"');
    expect(text).toMatch(/logs\./);
    for (const name of ['Reader', 'Compute', 'Writer']) {
      const roles = Object.entries(template.findResources('AWS::IAM::Role'));
      const role = roles.find(([id]) => id.startsWith(`Energy${name}Role`))?.[1];
      expect(JSON.stringify(role)).toContain('kms:GenerateDataKey');
      expect(JSON.stringify(role)).toContain('ec2:CreateNetworkInterface');
    }
  });

  test('settings, variables, tags, network and pollers reach where they belong', () => {
    const template = Template.fromStack(stack);
    template.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SecurityGroupIds: [Match.anyValue()], SubnetIds: Match.anyValue() },
      Tags: Match.arrayWith([{ Key: 'team', Value: 'grid' }]),
    });
    const variables = (Timeout: number, HOST: unknown) =>
      template.hasResourceProperties('AWS::Lambda::Function', {
        Timeout,
        Environment: { Variables: Match.objectLike({ HOST }) },
      });
    variables(60, 'db');
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { Environment: { Variables: { HOST: 'db' } } },
      2,
    );
    template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 512, Timeout: 35 });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 20 },
      ScalingConfig: Match.absent(),
    });
  });

  test('the mapping of compute invokes the version of which Lambda keeps environments started, and no other mapping does', () => {
    const template = Template.fromStack(stack);
    const aliases = template.findResources('AWS::Lambda::Alias');
    const [alias = ''] = Object.keys(aliases);
    expect(Object.values(aliases).map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({ ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 3 } }),
    ]);
    template.resourcePropertiesCountIs(
      'AWS::Lambda::EventSourceMapping',
      { FunctionName: { Ref: alias } },
      1,
    );
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: alias },
      ProvisionedPollerConfig: Match.anyValue(),
    });
  });
});

describe('secrets', () => {
  test('reach reader and writer by reference, with the permission to read them, and no value is in the template', () => {
    const stack = shop({ validate: true });
    const password = new Secret(stack, 'Password', { secretName: 'energy/password' });
    Validations.of(password).acknowledge({ id: 'AwsSolutions-SMG4', reason: 'It is made by hand.' });
    const token = StringParameter.fromSecureStringParameterAttributes(stack, 'Token', {
      parameterName: '/energy/token',
    });
    pipeline(stack, 'Energy', { secrets: { DB_PASSWORD: password, TOKEN: token } });
    const template = Template.fromStack(stack);
    const Variables = Match.objectLike({
      WEIR_SECRET_DB_PASSWORD: { Ref: Match.stringLikeRegexp('^Password') },
      WEIR_SECRET_TOKEN: 'ssm:/energy/token',
    });
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { Environment: { Variables } }, 2);
    for (const Action of [
      Match.arrayWith(['secretsmanager:GetSecretValue']),
      Match.arrayWith(['ssm:GetParameter']),
    ]) {
      const PolicyDocument = { Statement: Match.arrayWith([Match.objectLike({ Action })]) };
      template.resourcePropertiesCountIs('AWS::IAM::Policy', { PolicyDocument }, 2);
    }
  });

  test('have names that are valid for variables', () => {
    const stack = shop();
    const secrets = {
      'db-password': StringParameter.fromStringParameterName(stack, 'Token', '/energy/token'),
    };
    expect(() => pipeline(stack, 'Energy', { secrets })).toThrow(
      /^Shop\/Energy: secret "db-password": use letters, digits and underscores/,
    );
  });
});

describe('a construct that cannot work is refused with its path, the value and what to do:', () => {
  test('an entry file that does not exist', () => {
    expect(() => new WeirPipeline(shop(), 'Energy', { entry: 'pipelines/nowhere.ts' })).toThrow(
      /^Shop\/Energy: entry is "pipelines\/nowhere\.ts", but there is no file \/.*nowhere\.ts: give the pipeline's file/,
    );
  });

  test('an entry file that is not a pipeline', () => {
    const file = join(folder, 'empty.ts');
    writeFileSync(file, 'export default 1;\n');
    expect(() => new WeirPipeline(shop(), 'Energy', { entry: file })).toThrow(
      /^Shop\/Energy: pipeline file .*empty\.ts: its default export is not a pipeline/,
    );
  });

  test('impossible settings, and a variable of Weir', () => {
    expect(() => pipeline(shop(), 'Energy', { settings: { reader: { maxConcurrency: 1 } } })).toThrow(
      /^Shop\/Energy: pipeline tally has settings that cannot work:\n.*reader\.maxConcurrency is 1/,
    );
    expect(() => pipeline(shop(), 'Energy', { environment: { WEIR_TABLE_NAME: 'x' } })).toThrow(
      /^Shop\/Energy: environment variable WEIR_TABLE_NAME of Writer is Weir's own/,
    );
  });
});

describe('an entry is bundled and loaded when it is used', { timeout: 1_200_000 }, () => {
  test('synchronously, and the same bytes give the same template', () => {
    const make = () => {
      const stack = shop();
      new WeirPipeline(stack, 'Energy', { entry, settings: { reader: { maxConcurrency: 7 } } });
      return Template.fromStack(stack).toJSON();
    };
    const first = make();
    expect(make()).toEqual(first);
    expect(JSON.stringify(first)).toMatch(/[0-9a-f]{64}\.zip/);
  });

  test('with the variables that the functions have when the app is complete', () => {
    const file = join(folder, 'needy.ts');
    writeFileSync(
      file,
      `import tally from ${JSON.stringify(entry)};
       if (process.env['LAMBDA_TASK_ROOT'] && process.env['MODE'] !== 'fast') throw new Error('no mode');
       export default tally;`,
    );
    const stack = shop();
    const energy = new WeirPipeline(stack, 'Energy', { entry: file });
    expect(() => Template.fromStack(stack)).toThrow(
      /needy\.ts cannot be loaded as a Lambda function .*no mode.*MODE/s,
    );
    for (const target of [energy.reader, energy.compute, energy.writer])
      target.addEnvironment('MODE', 'fast');
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('and refused with a compute that several invocations would share', () => {
    const stack = shop();
    const resource = new WeirPipeline(stack, 'Energy', { entry }).compute.node.defaultChild;
    if (!(resource instanceof CfnFunction)) throw new Error('compute has no resource');
    const capacityProviderArn = 'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:c';
    resource.capacityProviderConfig = {
      lambdaManagedInstancesCapacityProviderConfig: { capacityProviderArn },
    };
    expect(() => Template.fromStack(stack)).toThrow(
      /Shop\/Energy: compute has a capacity provider .*leave compute without/,
    );
  });

  test("with the app's bundling options: external packages, loaders and defines", () => {
    const file = join(folder, 'words.ts');
    writeFileSync(join(folder, 'words.sql'), 'SELECT weir');
    writeFileSync(
      file,
      `import tally from ${JSON.stringify(entry)};
       import sql from './words.sql';
       const layer = process.send ? (await import('@layer/of-mine')).default : 0;
       export default { ...tally, name: 'words', read: async () => [sql, layer, STAGE] };`,
    );
    const bundling = {
      externalModules: ['@layer/*'],
      loader: { '.sql': 'text' },
      define: { STAGE: '"test"' },
      minify: false,
      sourceMap: false,
    } as const;
    expect(() => new WeirPipeline(shop(), 'Energy', { entry: file })).toThrow(
      /^Shop\/Energy: pipeline file .*words\.ts cannot be loaded: .*\.sql/,
    );
    const { reader } = bundlePipeline(file, { bundling, outdir: join(folder, 'words') }).bundles;
    const text = readFileSync(join(reader, 'index.mjs'), 'utf8');
    expect(text).toContain('SELECT weir');
    expect(text).toMatch(/import\("@layer\/of-mine"\)/);
    expect(text).not.toContain('STAGE');
    expect(readdirSync(reader).filter((name) => name.endsWith('.map'))).toEqual([]);
    const stack = shop();
    new WeirPipeline(stack, 'Energy', { entry: file, bundling });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
