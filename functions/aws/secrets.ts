/**
 * The secrets of a pipeline for its `read` and `write`. Each environment fetches them once, at the first call. Only the bundles
 * of a pipeline with secrets contain this file (infra/bundling/bundle.ts).
 *
 * If a fetch fails, the read or write that waited for it fails, and its next attempt fetches again. The values are only in
 * memory, never in a log, a reason or an environment variable.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
import { SECRET_PREFIX, SSM_PREFIX } from '../env.ts';
import { isRecord, parseJson } from '../json.ts';
import type { Pipeline, Secrets } from '../pipeline.ts';
import { signedFetch } from './signed-fetch.ts';
import type { Env } from './signed-headers.ts';

export function withSecrets(pipeline: Pipeline, env: Env): Pipeline {
  const names = Object.keys(env).filter((name) => name.startsWith(SECRET_PREFIX));
  const fetchAll = async (): Promise<Secrets> =>
    Object.fromEntries(
      await Promise.all(
        names.map(async (name) => {
          const secret = name.slice(SECRET_PREFIX.length);
          return [secret, await fetchSecret(secret, env[name] ?? '', env)] as const;
        }),
      ),
    );
  let fetched: Promise<Secrets> | undefined;
  const secrets = async (): Promise<Secrets> => {
    fetched ??= fetchAll();
    const current = fetched;
    try {
      return await current;
    } catch (error) {
      if (fetched === current) fetched = undefined;
      throw error;
    }
  };
  const { read, write } = pipeline;
  return {
    ...pipeline,
    read: async (request, context) => read(request, { ...context, secrets: await secrets() }),
    write: write && (async (outputs, context) => write(outputs, { ...context, secrets: await secrets() })),
  };
}

/** `reference`: the ARN of a secret, or SSM_PREFIX and the name of a parameter. */
async function fetchSecret(name: string, reference: string, env: Env): Promise<string> {
  const isParameter = reference.startsWith(SSM_PREFIX);
  const answer = isParameter
    ? await call('ssm', 'AmazonSSM.GetParameter', env, {
        Name: reference.slice(SSM_PREFIX.length),
        WithDecryption: true,
      })
    : await call('secretsmanager', 'secretsmanager.GetSecretValue', env, { SecretId: reference });
  const { SecretString, Parameter } = answer;
  const value = isParameter ? isRecord(Parameter) && Parameter['Value'] : SecretString;
  if (typeof value === 'string') return value;
  throw new Error(
    `secret ${name} (${reference}) holds no text: a binary secret cannot be handed to a pipeline`,
  );
}

async function call(
  service: 'secretsmanager' | 'ssm',
  target: string,
  env: Env,
  input: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const body = JSON.stringify(input);
  const answer = await signedFetch({ service, method: 'POST', path: '/', headers, body }, env);
  const text = await answer.text();
  // A refusal has its type, such as AccessDeniedException, and a message about the caller, but no secret.
  if (!answer.ok) throw new Error(`${target} answered ${answer.status}: ${text.slice(0, 300)}`);
  const value = parseJson(text, `the answer of ${target}`, 'rounded');
  return isRecord(value) ? value : {};
}
