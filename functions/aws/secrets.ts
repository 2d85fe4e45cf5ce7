/**
 * The secrets of a pipeline, handed to its `read` and `write`: fetched once for each environment, when one of them is
 * called first. Only a bundle of a pipeline with secrets has this file in it (infra/bundling/bundle.ts).
 *
 * A fetch that fails fails the read or write that waited for it, which comes again; the next one fetches anew. The values
 * are in memory and nowhere else: not in a log, a reason or a variable.
 *
 * Two operations are needed of two services; their clients would be 20 MB in the node_modules of everybody.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { requireEnv, SECRET_PREFIX, SSM_PREFIX } from '../env.ts';
import { isRecord, parseJson } from '../json.ts';
import type { Pipeline, Secrets } from '../pipeline.ts';
import { Sha256 } from './sha256.ts';

type Env = Readonly<Record<string, string | undefined>>;

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

/** `reference`: the ARN of a secret, or the name of a parameter behind SSM_PREFIX. */
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

type Service = 'secretsmanager' | 'ssm';

/** A secret that takes longer than this is asked for again by the next attempt. */
const TIMEOUT_MS = 3_000;

async function call(
  service: Service,
  target: string,
  env: Env,
  input: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const body = JSON.stringify(input);
  const url = new URL(endpointOf(service, env));
  const { headers } = await signerOf(service, env).sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body,
  });
  const { host: _, ...sent } = headers; // fetch sets it itself, to the same.
  const answer = await fetch(url, {
    method: 'POST',
    headers: sent,
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  // A refusal says why, and holds no secret: its type, such as AccessDeniedException, and a message about the caller.
  if (!answer.ok) throw new Error(`${target} answered ${answer.status}: ${text.slice(0, 300)}`);
  const value = parseJson(text, `the answer of ${target}`, 'rounded');
  return isRecord(value) ? value : {};
}

function signerOf(service: Service, env: Env): SignatureV4 {
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return new SignatureV4({
    service,
    region: requireEnv('AWS_REGION', env),
    credentials: {
      accessKeyId: requireEnv('AWS_ACCESS_KEY_ID', env),
      secretAccessKey: requireEnv('AWS_SECRET_ACCESS_KEY', env),
      ...(sessionToken ? { sessionToken } : {}),
    },
    sha256: Sha256,
  });
}

function endpointOf(service: Service, env: Env): string {
  const given = env[service === 'ssm' ? 'AWS_ENDPOINT_URL_SSM' : 'AWS_ENDPOINT_URL_SECRETS_MANAGER'];
  if (given) return given;
  const region = requireEnv('AWS_REGION', env);
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
