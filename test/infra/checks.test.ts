import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { App, Stack } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { addChecks } from '../../infra/checks.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('a finding of cdk-nag that is not acknowledged fails the synthesis', async () => {
  const outdir = await temporaryFolder();
  const app = new App({ outdir, builtinCloudFormationValidation: false, analyticsReporting: false });
  addChecks(app);
  const anything = new PolicyStatement({ effect: Effect.ALLOW, actions: ['sqs:*'], resources: ['*'] });
  new Role(new Stack(app, 'wide'), 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { uses: new PolicyDocument({ statements: [anything] }) },
  });
  expect(() => app.synth()).toThrow(/AwsSolutions-IAM5/);
});
