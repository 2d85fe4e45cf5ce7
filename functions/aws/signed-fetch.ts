/**
 * Calls services of which a function needs only one or two operations. Their SDK clients would add 20 MB to every user's
 * node_modules. Calls are signed with the credentials of the function.
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { requireEnv } from '../env.ts';
import { Sha256 } from './sha256.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface ServiceCall {
  readonly service: 'scheduler' | 'secretsmanager' | 'ssm';
  readonly method: 'DELETE' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A call that takes longer than this fails. The next attempt at the read, write or record repeats it. */
const TIMEOUT_MS = 3_000;

/** Returns any answer of the service. Throws if there is none. */
export async function signedFetch(call: ServiceCall, env: Env): Promise<Response> {
  const { service, method, path, query = {}, headers = {}, body } = call;
  const url = new URL(path, endpointOf(service, env));
  const signed = await signerOf(service, env).sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: { ...query },
    headers: { host: url.host, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const { host: _, ...sent } = signed.headers; // fetch itself sets the same host.
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return fetch(url, { method, headers: sent, signal, ...(body === undefined ? {} : { body }) });
}

function signerOf(service: ServiceCall['service'], env: Env): SignatureV4 {
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

const ENDPOINT_VARIABLES = {
  scheduler: 'AWS_ENDPOINT_URL_SCHEDULER',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  ssm: 'AWS_ENDPOINT_URL_SSM',
} as const;

function endpointOf(service: ServiceCall['service'], env: Env): string {
  const given = env[ENDPOINT_VARIABLES[service]];
  if (given) return given;
  const region = requireEnv('AWS_REGION', env);
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
