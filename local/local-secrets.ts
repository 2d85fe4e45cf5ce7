/**
 * Secrets for a pipeline that runs from its file: placeholders for the secrets that a deployed stack would
 * have.
 */
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Stack } from 'aws-cdk-lib/core';
import { LOCAL_ACCOUNT, LOCAL_REGION } from './template/stack-spec.ts';

export function localSecrets(names: readonly string[]): Record<string, ISecret> {
  const scope = new Stack();
  return Object.fromEntries(
    names.map((name) => {
      const arn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}-aaaaaa`;
      return [name, Secret.fromSecretCompleteArn(scope, name, arn)];
    }),
  );
}
