import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../infra/capabilities.ts';
import { CAPABILITIES_FILE, capabilitiesPage } from '../../infra/write-docs.ts';

describe('the capability table', () => {
  test('in docs/capabilities.md equals the templates', { timeout: 1_200_000 }, async () => {
    expect(await readFile(CAPABILITIES_FILE, 'utf8')).toBe(await capabilitiesPage());
  });

  test('refuses a policy that it cannot show exactly', () => {
    const template = (statement: object) => ({
      Resources: {
        Worker: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: { Policies: [{ PolicyDocument: { Statement: [statement] } }] },
        },
      },
    });
    const allow = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn' };
    expect(capabilitiesOf(template(allow))).toEqual([
      { function: 'Worker', action: 'sqs:SendMessage', resource: 'arn' },
    ]);
    expect(() => capabilitiesOf(template({ ...allow, NotAction: 'sqs:DeleteQueue' }))).toThrow();
    expect(() => capabilitiesOf(template({ ...allow, Effect: 'Deny' }))).toThrow();
  });
});
