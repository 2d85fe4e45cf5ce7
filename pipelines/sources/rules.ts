/**
 * The rules for reading, which the operator sets in the function's environment. By default nothing is allowed.
 *
 *   WEIR_ALLOW_HOSTS       comma separated. `logs.example.org` or `logs.example.org:8443`: https to that host, at a
 *                          public address only. `http://127.0.0.1:4000`, a scheme with an IP address: exactly that
 *                          origin, private or not; for local runs and for hosts in your own network.
 *   WEIR_ALLOW_S3          comma separated `bucket/prefix`; `bucket/` allows the whole bucket.
 *   WEIR_SOURCE_BYTES_MAX  most bytes of a body, unpacked. Default: 64 MiB.
 *
 * A mistake in these is an Error, not a PermanentError: requests wait in their queue while the operator fixes it.
 */
import { isIP } from 'node:net';
import { PermanentError } from 'weir-pipelines';

export type Env = Readonly<Record<string, string | undefined>>;

export const SOURCE_ENV = {
  allowHosts: 'WEIR_ALLOW_HOSTS',
  allowS3: 'WEIR_ALLOW_S3',
  bytesMax: 'WEIR_SOURCE_BYTES_MAX',
} as const;

export const REDIRECTS_MAX = 5;
/**
 * Only the beginning of a longer line is read. Apache accepts 8,190 bytes for the request line and for each
 * header, nginx 8 KB; a line contains one and two of them, and servers write a raw byte as four characters,
 * `\xhh`: 98,280 bytes. Other servers can be configured for twice as much.
 */
export const LINE_BYTES_MAX = 256 * 1024;
const BYTES_MAX = 64 * 1024 * 1024;

export interface SourceRules {
  /** URL origins, and the addresses that their host may have. */
  readonly origins: ReadonlyMap<string, 'public' | 'any'>;
  /** Prefixes of `bucket/key`. */
  readonly objects: readonly string[];
  readonly bytesMax: number;
}

export function rulesFrom(env: Env): SourceRules {
  const bytesMax = Number(env[SOURCE_ENV.bytesMax] || BYTES_MAX);
  if (!Number.isSafeInteger(bytesMax) || bytesMax < 1) {
    throw new Error(`${SOURCE_ENV.bytesMax} is not a whole number from 1 up`);
  }
  return {
    origins: new Map(entriesOf(env, SOURCE_ENV.allowHosts).map(originOf)),
    objects: entriesOf(env, SOURCE_ENV.allowS3).map(objectsOf),
    bytesMax,
  };
}

/** The URL, if its form can be allowed. Host and addresses are checked later. */
export function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  // The text is not quoted: without parsing, its query cannot be separated from the rest.
  if (url === null) throw new PermanentError('refused: a URL that cannot be parsed');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new PermanentError('refused: a URL whose scheme is neither https: nor s3:');
  }
  if (url.username !== '' || url.password !== '') {
    throw new PermanentError(`refused: ${nameOf(url.href)} comes with a user name or password`);
  }
  return url;
}

/** The addresses that the URL's host may have; throws if the operator did not list its origin. */
export function checkOrigin(url: URL, rules: SourceRules): 'public' | 'any' {
  const addresses = rules.origins.get(url.origin);
  if (addresses !== undefined) return addresses;
  throw new PermanentError(
    `refused: ${nameOf(url.href)} is not at an origin that ${SOURCE_ENV.allowHosts} lists`,
  );
}

/** A URL for errors: without user, query and fragment, and truncated. */
export function nameOf(text: string): string {
  const url = URL.parse(text);
  const name = url === null ? 'a URL that cannot be parsed' : `${url.protocol}//${url.host}${url.pathname}`;
  return name.length > 200 ? `${name.slice(0, 199)}…` : name;
}

function entriesOf(env: Env, name: string): string[] {
  return (env[name] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function originOf(entry: string): [string, 'public' | 'any'] {
  const url = URL.parse(/^https?:\/\//.test(entry) ? entry : `https://${entry}`);
  const plain = url !== null && !/[*@?#]/.test(entry) && url.pathname === '/';
  const exact = plain && entry.includes('://') && isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0;
  if (plain && (exact || url.protocol === 'https:')) return [url.origin, exact ? 'any' : 'public'];
  throw new Error(
    `${SOURCE_ENV.allowHosts} has the entry ${quoted(entry)}: write host, host:port, ` +
      'or http:// with an IP address and a port',
  );
}

function objectsOf(entry: string): string {
  if (/^[a-z0-9.-]+\//.test(entry)) return entry;
  throw new Error(
    `${SOURCE_ENV.allowS3} has the entry ${quoted(entry)}: write bucket/prefix, or bucket/ for all of it`,
  );
}

/** Truncated, and without what may be a password. */
function quoted(entry: string): string {
  return JSON.stringify(entry.replace(/[^/]*@/, '…@').slice(0, 100));
}
