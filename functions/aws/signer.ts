/**
 * Signs calls with Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * The SDK makes its own signer for each call, derives the same key again, and canonicalizes any possible request. Calls to SQS
 * and DynamoDB are all alike: a POST of JSON to the root. Any other request goes to the SDK's signer.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type {
  AuthScheme,
  AwsCredentialIdentity,
  HttpRequest,
  RequestSigner,
  RequestSigningArguments,
} from '@smithy/types';
import { defined } from '../defined.ts';

type SignerOf = (scheme?: AuthScheme) => Promise<RequestSigner>;

interface Surroundings {
  /** The SDK's provider. It is asked at every call, so new credentials are used at once. */
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  readonly region: () => Promise<string>;
  /** The SDK's own signer. */
  readonly other: SignerOf;
}

/** `service` is the name in a signature: `sqs`, `dynamodb`. */
export function createSigner(service: string, { credentials, region, other }: Surroundings): SignerOf {
  const keyOf = rememberedKey(service);
  return async (scheme) => ({
    async sign(request, options = {}) {
      if (!isPlain(request)) return (await other(scheme)).sign(request, options);
      const identity = await credentials();
      const signingRegion = options.signingRegion ?? scheme?.signingRegion ?? (await region());
      const at = timeOf(options);
      const day = at.slice(0, 8);
      const scope = `${day}/${signingRegion}/${service}/aws4_request`;
      const headers: Record<string, string> = {
        ...request.headers,
        'x-amz-date': at,
        ...defined({ 'x-amz-security-token': identity.sessionToken }),
      };
      const signed = Object.keys(headers).filter(isSigned).sort();
      const canonical = [
        `POST\n/\n`,
        ...signed.map((name) => `${name}:${headers[name]?.trim()}`),
        `\n${signed.join(';')}`,
        hash('sha256', request.body),
      ].join('\n');
      const toSign = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${hash('sha256', canonical)}`;
      const key = keyOf(identity.secretAccessKey, day, signingRegion);
      const signature = createHmac('sha256', key).update(toSign).digest('hex');
      const names = `SignedHeaders=${signed.join(';')}, Signature=${signature}`;
      headers['authorization'] = `AWS4-HMAC-SHA256 Credential=${identity.accessKeyId}/${scope}, ${names}`;
      return { ...request, headers };
    },
  });
}

/** Keeps the last key, because deriving it takes four times as long as a signature. */
function rememberedKey(service: string): (secret: string, day: string, region: string) => KeyObject {
  let held: { readonly of: string; readonly key: KeyObject } | undefined;
  return (secret, day, region) => {
    const of = `${day}/${region}/${secret}`;
    if (held?.of !== of) {
      const parts = [day, region, service, 'aws4_request'];
      const key = parts.reduce<Buffer | string>((from, part) => hmac(from, part), `AWS4${secret}`);
      held = { of, key: createSecretKey(Buffer.from(key)) };
    }
    return held.key;
  };
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** AWS requires the host, the content type and every x-amz header to be signed. */
function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-amz-');
}

function isPlain(request: HttpRequest): request is HttpRequest & { readonly body: string | Uint8Array } {
  const { method, path, query = {}, body, headers } = request;
  return (
    method === 'POST' &&
    path === '/' &&
    Object.keys(query).length === 0 &&
    (typeof body === 'string' || body instanceof Uint8Array) &&
    Object.entries(headers).every(([name, value]) => isCanonical(name, value))
  );
}

/** The SDK's date, which is corrected by the server's clock: 20261128T235959Z. */
function timeOf({ signingDate = new Date() }: RequestSigningArguments): string {
  return new Date(signingDate).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Whether a header needs no change for the signed text: a lower-case name and no runs of spaces, or not signed at all. */
function isCanonical(name: string, value: string): boolean {
  return name === name.toLowerCase() ? !value.includes('  ') : !isSigned(name.toLowerCase());
}
