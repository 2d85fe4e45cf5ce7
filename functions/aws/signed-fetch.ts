/**
 * Calls services of which a function needs only one or two operations. Their SDK clients would add 20 MB to every user's
 * node_modules. Calls are signed with the credentials of the function.
 */
import { requireEnv } from '../env.ts';
import { type Env, signedHeaders } from './signed-headers.ts';

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
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const request = { method, headers, ...(body === undefined ? {} : { body }) };
  const { host: _, ...signed } = await signedHeaders({ ...request, url }, { service }, env);
  // fetch itself sets the same host.
  return fetch(url, { ...request, headers: signed, signal: AbortSignal.timeout(TIMEOUT_MS) });
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
