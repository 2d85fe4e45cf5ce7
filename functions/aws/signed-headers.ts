/** Signs requests to services whose SDK clients are not in the bundle, with the credentials of the function. */
import { SignatureV4 } from '@smithy/signature-v4';
import { requireEnv } from '../env.ts';
import { Sha256 } from './sha256.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface ToSign {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Signing {
  /** The name of the service in a signature. */
  readonly service: string;
  /** How often the path is escaped for the signature: twice, but once for S3, where the URL's own path is signed. */
  readonly pathEscaped?: 'once' | 'twice';
}

/** The headers of the request, with those that sign it. */
export async function signedHeaders(
  { method, url, headers = {}, body }: ToSign,
  { service, pathEscaped = 'twice' }: Signing,
  env: Env,
): Promise<Record<string, string>> {
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const signer = new SignatureV4({
    service,
    region: requireEnv('AWS_REGION', env),
    credentials: {
      accessKeyId: requireEnv('AWS_ACCESS_KEY_ID', env),
      secretAccessKey: requireEnv('AWS_SECRET_ACCESS_KEY', env),
      ...(sessionToken ? { sessionToken } : {}),
    },
    sha256: Sha256,
    uriEscapePath: pathEscaped === 'twice',
  });
  const { protocol, hostname, pathname: path, host, searchParams } = url;
  const signed = await signer.sign({
    method,
    protocol,
    hostname,
    path,
    query: Object.fromEntries(searchParams),
    headers: { host, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return signed.headers;
}
