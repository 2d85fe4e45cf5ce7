/**
 * Weir in an existing CDK app: two pipelines in one stack, next to its network, key, table, queue and
 * function.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { installIn, packed } from './packed.ts';
import { shell, startIn, temporaryFolder } from './shell.ts';

const TIMEOUT = 1_200_000;
const SECRETS = '--secret "METER_PASSWORD=open sesame" --secret TARIFF=night';
const folder = temporaryFolder();

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../fixtures/existing-app'), folder, { recursive: true });
  await installIn(folder, `"${(await packed()).tarball}"`);
  await shell(folder, 'npx cdk synth -q');
}, TIMEOUT);

/** An app that needs no seconds to give the same templates: for tests that are not about them. */
const MADE = `--app=cp -R cdk.out/. "$CDK_OUTDIR"`;

test(
  'an app with two pipelines in one stack compiles against the installed package',
  { timeout: TIMEOUT },
  () => shell(folder, 'npm run typecheck'),
);

describe('the template of an existing app', () => {
  let template: Template;
  let text: string;

  beforeAll(() => {
    text = readFileSync(join(folder, 'cdk.out/Site.template.json'), 'utf8');
    template = Template.fromJSON(JSON.parse(text));
  }, TIMEOUT);

  test('has both pipelines and every resource from before', () => {
    template.resourceCountIs('AWS::Lambda::Function', 1 + 3 + 3);
    template.resourceCountIs('AWS::DynamoDB::Table', 1 + 1 + 1);
    template.resourceCountIs('AWS::SQS::Queue', 1 + 6 + 4);
    for (const name of ['Meters', 'Bills']) {
      template.hasOutput(`${name}RequestsQueueUrl`, {});
      template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: `Site-${name}` });
    }
  });

  test('lets the function of the app submit to both pipelines and read the states of one', () => {
    const granted = (actions: string[], resource: string) =>
      Match.objectLike({
        Action: Match.arrayWith(actions),
        Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp(resource), 'Arn'] },
      });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^ApiServiceRole'),
      PolicyDocument: {
        Statement: Match.arrayWith([
          granted(['sqs:SendMessage'], '^MetersRequestsQueue'),
          granted(['dynamodb:GetItem', 'dynamodb:Query'], '^MetersStateTable'),
          granted(['sqs:SendMessage'], '^BillsRequestsQueue'),
        ]),
      },
    });
  });

  test('names secrets and never contains them, and puts the functions into the network', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          WEIR_SECRET_METER_PASSWORD: { Ref: Match.stringLikeRegexp('^MeterPassword') },
          WEIR_SECRET_TARIFF: 'ssm:/site/tariff',
        }),
      },
      VpcConfig: { SubnetIds: Match.anyValue() },
    });
    expect(text).not.toMatch(/open sesame|"night"|\{\{resolve:(secretsmanager|ssm-secure)/);
  });
});

describe('a local run of an existing app', () => {
  test('computes the states of a pipeline with a network, a key and secrets', {
    timeout: TIMEOUT,
  }, async () => {
    const run = await shell(
      folder,
      `npx weir run --stack Site --pipeline Meters --requests-file meters.ndjson ${SECRETS}`,
    );
    expect(run).toContain('Every request and every reading is accounted for.');
    expect(run).toMatch(/attic +hours 72 · wattHours 2,268/);
    expect(run).toContain(
      'Not run here, because it does not belong to this pipeline: Network, Key, Invoices, Mail, Api, MeterPassword, the pipeline Bills.',
    );
    expect(run).not.toMatch(/open sesame|night/);
  });

  test('computes those of the pipeline beside it, by the command that names the app', {
    timeout: TIMEOUT,
  }, async () => {
    const run = await shell(
      folder,
      'npx weir run --app "node infra/app.ts" --stack Site --pipeline Bills --requests-file bills.ndjson',
    );
    expect(run).toMatch(/ann +2,000/);
  });

  test('of both pipelines is one command, and each has its own state, summary and commands', {
    timeout: TIMEOUT,
  }, async () => {
    const files = ['--requests-file=Meters=meters.ndjson', '--requests-file=Bills=bills.ndjson'];
    const secrets = ['--secret', 'METER_PASSWORD=open sesame', '--secret', 'TARIFF=night'];
    const run = startIn(folder, 'weir', 'run', '--all', '--stay', '--json=both.json', ...files, ...secrets);
    await run.said(/^Meters \| The run stays up/m);
    await run.said(/^Bills {2}\| The run stays up/m);
    expect(await shell(folder, 'weir state attic --pipeline Meters --json')).toMatch(/"hours": ?72/);
    expect(await shell(folder, 'weir state ann --pipeline Bills')).toMatch(/2,?000/);
    expect(await shell(folder, 'weir status', [1])).toContain('choose with --pipeline: Bills, Meters');
    await run.stop();
    await run.said(/^ {2}Meters +6 +144 +144 .* 0$/m);
    const both = readFileSync(join(folder, 'both.json'), 'utf8');
    expect(JSON.parse(both)).toMatchObject({
      Meters: { complete: true, keys: { attic: { hours: 72, wattHours: 2268 } } },
      Bills: { complete: true, keys: { ann: 2000 } },
    });
    expect(both).not.toMatch(/open sesame|night/);
  });

  test('of both pipelines ends when the command that started it is killed', {
    timeout: TIMEOUT,
  }, async () => {
    const secrets = ['--secret', 'METER_PASSWORD=open sesame', '--secret', 'TARIFF=night'];
    const run = startIn(folder, 'weir', 'run', '--all', '--stay', MADE, ...secrets);
    await run.said(/^Meters \| The run stays up/m);
    await run.said(/^Bills {2}\| The run stays up/m);
    await run.kill();
    for (const name of ['Meters', 'Bills']) {
      // A run removes the file that tells where it can be talked to as its last act.
      await vi.waitUntil(() => !existsSync(join(folder, '.weir', name, 'local.json')), { timeout: TIMEOUT });
    }
  });

  test('without a secret ends before it begins, and says how to give one', { timeout: TIMEOUT }, async () => {
    const run = await shell(
      folder,
      `npx weir run '${MADE}' --stack Site --pipeline Meters --requests-file meters.ndjson --secret METER_PASSWORD=x`,
      [1],
    );
    expect(run).toContain('a secret without a value for this run: TARIFF. Give --secret TARIFF=VALUE');
  });
});
