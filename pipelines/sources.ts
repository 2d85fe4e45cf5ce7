/**
 * Reads lines of text from an untrusted URL: `https://`, `s3://bucket/key` and, for origins that the operator
 * listed, plain http.
 *
 * A function's environment holds credentials, and its network may reach addresses that the submitter of a
 * request may not reach. So nothing is fetched unless the operator allowed it (sources/rules.ts), the
 * connection goes to the address that was checked (sources/get.ts), and the answer is bounded and complete,
 * or an error (sources/lines.ts). A PermanentError means that a retry cannot help. Errors name scheme, host
 * and path only, because a query string may contain a secret.
 */
import { PermanentError } from 'weir-pipelines';
import { followRedirects, type Resolve, resolveHost } from './sources/get.ts';
import { linesOf } from './sources/lines.ts';
import { type Env, nameOf, parseUrl, rulesFrom } from './sources/rules.ts';
import { getObject } from './sources/s3.ts';

export interface SourceOptions {
  /** Aborting it ends the read at any point and closes the connection. */
  readonly signal: AbortSignal;
  /** The rules' variables: see sources/rules.ts. */
  readonly env?: Env;
  readonly resolve?: Resolve;
}

/** The lines without their line ends, as they arrive. Leaving the loop early closes the connection. */
export async function* openLines(url: string, options: SourceOptions): AsyncGenerator<string> {
  const { signal, env = process.env, resolve = resolveHost } = options;
  signal.throwIfAborted();
  const rules = rulesFrom(env);
  try {
    const { response, name } = url.startsWith('s3://')
      ? await getObject(url, { rules, env, resolve, signal })
      : await followRedirects(parseUrl(url), { rules, resolve, signal });
    try {
      yield* linesOf(response, name, rules);
    } finally {
      response.destroy();
    }
  } catch (error) {
    // An abort causes various stream errors; the true reason is that of the abort.
    signal.throwIfAborted();
    if (error instanceof PermanentError) throw error;
    throw new Error(`${nameOf(url)}: ${describe(error)}`);
  }
}

/** Node's AggregateError, thrown when every address of a host refused, has an empty message but a code. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
