/** Checks who may send requests to the live page's server, and which ones. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import { Refusal } from './answer.ts';

/** Host names of the server; known once it listens. */
export interface Origin {
  hosts: readonly string[];
}

export function refuseStrangers({ headers }: IncomingMessage, { hosts }: Origin): void {
  const { host = '', origin } = headers;
  if (!hosts.includes(host)) throw new Refusal(421, `this is not ${JSON.stringify(host.slice(0, 100))}`);
  // Browsers send the origin of the page; other clients send none.
  if (origin !== undefined && !hosts.some((each) => origin === `http://${each}`)) {
    throw new Refusal(403, 'pages from elsewhere may not ask');
  }
}

/** The token is in a header. Browsers add no header to an event stream, so there it is in the query. */
export function isTokenOf(
  { headers }: IncomingMessage,
  { pathname, searchParams }: URL,
  token: string,
): boolean {
  const given = pathname === '/events' ? searchParams.get('token') : headers['x-weir-token'];
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const OfKey = v.object({ key: v.string() });
/** One dead letter, those in one place with the same reason, or all. */
const OfLetters = v.union([
  v.object({ id: v.pipe(v.string(), v.minLength(1)) }),
  v.object({ place: v.string(), reason: v.string() }),
  v.object({ all: v.literal(true) }),
]);
export type Letters = v.InferOutput<typeof OfLetters>;

export type Action =
  | { readonly word: 'resume' | 'skip'; readonly key: string }
  | { readonly word: 'redrive' | 'discard'; readonly letters: Letters };

export async function readAction(request: IncomingMessage, path: string): Promise<Action> {
  const word = path.slice(1);
  if (word !== 'resume' && word !== 'skip' && word !== 'redrive' && word !== 'discard')
    throw new Refusal(404, 'there is no such thing');
  if (request.method !== 'POST') throw new Refusal(405, `${word} takes a POST`);
  if (request.headers['content-type'] !== 'application/json') throw new Refusal(415, `${word} takes JSON`);
  const text = await bodyOf(request);
  const ofKey = word === 'resume' || word === 'skip';
  try {
    const given = v.parse(v.pipe(v.string(), v.parseJson()), text);
    return ofKey ? { word, ...v.parse(OfKey, given) } : { word, letters: v.parse(OfLetters, given) };
  } catch (error) {
    const takes = ofKey
      ? '{"key": "..."}'
      : '{"id": "..."}, {"place": "...", "reason": "..."} or {"all": true}';
    throw new Refusal(400, `${word} takes ${takes}`, { cause: error });
  }
}

const BODY_BYTES_MAX = 16_384;

async function bodyOf(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Refusal(413, `more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
