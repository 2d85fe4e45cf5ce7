/**
 * The secrets of a pipeline: a function gets the location of each, and permission to read it. The template has no values.
 */
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IStringParameter } from 'aws-cdk-lib/aws-ssm';
import { SECRET_PREFIX, SSM_PREFIX } from '../functions/env.ts';

export type PipelineSecrets = Readonly<Record<string, ISecret | IStringParameter>>;

/** The environment variables that functions/aws/secrets.ts reads. */
export function secretVariables(secrets: PipelineSecrets): Record<string, string> {
  const entries = Object.entries(secrets).map(([name, secret]): [string, string] => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new Error(
        `secret ${JSON.stringify(name)}: use letters, digits and underscores, such as DB_PASSWORD`,
      );
    }
    if (typeof secret !== 'object' || secret === null) {
      const kind = secret === null || secret === undefined ? String(secret) : `a ${typeof secret}`;
      // Without the value: it may be the secret itself.
      throw new Error(`secrets.${name} is ${kind}: give it a Secret or a StringParameter of the CDK`);
    }
    return [
      `${SECRET_PREFIX}${name}`,
      isSecret(secret) ? secret.secretArn : `${SSM_PREFIX}${secret.parameterName}`,
    ];
  });
  return Object.fromEntries(entries);
}

export function grantSecrets(secrets: PipelineSecrets, ...grantees: readonly IGrantable[]): void {
  for (const secret of Object.values(secrets)) {
    for (const grantee of grantees) secret.grantRead(grantee);
  }
}

function isSecret(secret: ISecret | IStringParameter): secret is ISecret {
  return 'secretArn' in secret;
}
