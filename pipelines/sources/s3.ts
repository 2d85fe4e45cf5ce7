/**
 * GET of an S3 object. The request is signed with the AWS SDK's signer; the S3 client would double the bundle
 * for this one call.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * The operator sets the endpoint, not the request, so its address is not checked: a VPC endpoint has a
 * private one. Redirects are not followed, because S3 redirects only for a bucket in another region.
 */
import { PermanentError } from 'weir-pipelines';
import { signedHeaders } from '../../functions/aws/signed-headers.ts';
import { requireEnv } from '../../functions/env.ts';
import { type Answer, addressesOf, getPinned, type Resolve } from './get.ts';
import { checkS3Status } from './refusals.ts';
import { type Env, nameOf, SOURCE_ENV, type SourceRules } from './rules.ts';

interface ObjectOptions {
  readonly rules: SourceRules;
  /**
   * Lambda sets region and credentials here; AWS_ENDPOINT_URL_S3 sets another endpoint, as for the AWS SDKs.
   */
  readonly env: Env;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

export async function getObject(text: string, options: ObjectOptions): Promise<Answer> {
  const { rules, env, resolve, signal } = options;
  const url = objectUrl(text, rules, env);
  // Escaped once, in objectUrl: S3 is the only service that does not want it twice.
  const headers = await signedHeaders({ method: 'GET', url }, { service: 's3', pathEscaped: 'once' }, env);
  signal.throwIfAborted();
  const response = await getPinned(url, await addressesOf(url, resolve, signal), signal, headers);
  return { response: await checkS3Status(response, url), name: nameOf(url.href) };
}

function objectUrl(text: string, rules: SourceRules, env: Env): URL {
  // Not URL.parse, because a key is not a path: `?` and `%` belong to it and have no other meaning.
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(text) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new PermanentError('refused: an s3: URL that is not s3://bucket/key');
  }
  // A URL resolves such segments, even escaped ones, and would then name another object than the allowed one.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new PermanentError(`refused: an object of bucket ${bucket} whose key has . or .. as a segment`);
  }
  if (!rules.objects.some((allowed) => `${bucket}/${key}`.startsWith(allowed))) {
    throw new PermanentError(`refused: ${nameOf(text)} is under no prefix that ${SOURCE_ENV.allowS3} lists`);
  }
  const path = key.split('/').map(escapeSegment).join('/');
  const endpoint = env['AWS_ENDPOINT_URL_S3'];
  if (endpoint) return new URL(`${endpoint.replace(/\/$/, '')}/${bucket}/${path}`);
  const region = requireEnv('AWS_REGION', env);
  const host = `s3.${region}.${suffixOf(region)}`;
  // The certificate of *.s3 covers one label, so a bucket with dots in its name goes into the path.
  return new URL(
    bucket.includes('.') ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`,
  );
}

/** AWS's partitions, groups of regions with a domain of their own, as in the SDK's partitions.js. */
function suffixOf(region: string): string {
  const [, suffix] = PARTITIONS.find(([start]) => region.startsWith(start)) ?? [];
  return suffix ?? 'amazonaws.com';
}

const PARTITIONS: readonly (readonly [regions: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['eusc-', 'amazonaws.eu'],
];

/** S3 signs the characters that encodeURIComponent keeps (RFC 3986) in escaped form. */
function escapeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
