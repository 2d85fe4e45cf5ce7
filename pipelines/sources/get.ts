/**
 * One GET over http or https with its redirects, each checked like the first URL.
 *
 * A host is resolved once per request, and the connection goes to the addresses that were checked: a name
 * server that gives another answer the second time (DNS rebinding) is not asked again. It uses node:http,
 * because fetch does not accept an address. Each request has its own agent, so no connection is kept alive,
 * and the proxy variables, which Node reads only for its global agents, do not apply.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { isIP } from 'node:net';
import { PermanentError } from 'weir-pipelines';
import { isPublicAddress } from './addresses.ts';
import { checkStatus } from './refusals.ts';
import { checkOrigin, nameOf, parseUrl, REDIRECTS_MAX, type SourceRules } from './rules.ts';

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface Answer {
  /** Status 200; its body is unread. */
  readonly response: IncomingMessage;
  /** The URL that answered, in the form for errors. */
  readonly name: string;
}

interface GetOptions {
  readonly rules: SourceRules;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

export async function followRedirects(first: URL, { rules, resolve, signal }: GetOptions): Promise<Answer> {
  let url = first;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const addresses = await permittedAddresses(url, { rules, resolve, signal });
    const response = await getPinned(url, addresses, signal);
    const location = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0)
      ? response.headers.location
      : undefined;
    if (location === undefined) {
      const answer = await checkStatus(response, url);
      refusePage(answer, url);
      return { response: answer, name: nameOf(url.href) };
    }
    response.destroy();
    url = parseUrl(location, url);
  }
  throw new PermanentError(`${nameOf(first.href)} redirects more than ${REDIRECTS_MAX} times`);
}

/** Refuses an error page with status 200. Any other content type is only a hint, and often wrong. */
function refusePage(response: IncomingMessage, url: URL): void {
  if (!/^\s*(text\/html|application\/xhtml\+xml)\b/i.test(response.headers['content-type'] ?? '')) return;
  response.destroy();
  throw new PermanentError(`${nameOf(url.href)} is a page (its Content-Type header says HTML), not a log`);
}

export const resolveHost: Resolve = (hostname) => lookup(hostname, { all: true });

/** The addresses that a GET of this URL may connect to; throws if there are none. */
export async function permittedAddresses(
  url: URL,
  { rules, resolve, signal }: GetOptions,
): Promise<readonly LookupAddress[]> {
  const permitted = checkOrigin(url, rules);
  const addresses = await addressesOf(url, resolve, signal);
  // A host with both public and private addresses is suspicious, so all must be public.
  if (permitted === 'any' || addresses.every(({ address }) => isPublicAddress(address))) return addresses;
  throw new PermanentError(`refused: ${nameOf(url.href)} is at an address that is not public`);
}

/** The host's addresses, looked up once, even if the host is an address itself. */
export async function addressesOf(
  url: URL,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const addresses = await untilAborted(resolve(host), signal);
  if (addresses.length === 0) throw new Error(`${url.hostname} has no address`);
  return addresses;
}

/** A GET to one of exactly these addresses, without a second lookup. */
export function getPinned(
  url: URL,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    agent: false,
    signal,
    headers: { 'accept-encoding': 'gzip', 'user-agent': 'weir', ...headers },
    lookup: (_hostname, { all }, callback) => {
      const [first = { address: '', family: 4 }] = addresses;
      if (all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    },
  };
  return new Promise((resolve, reject) => {
    // The listener stays: an abort after the answer began is an error event too.
    (url.protocol === 'https:' ? getHttps : getHttp)(url, options, resolve).on('error', reject);
  });
}

/** dns.lookup takes no signal. Its result after an abort is dropped. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort));
}
