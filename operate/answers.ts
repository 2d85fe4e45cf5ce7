/**
 * Something other than the service may answer at an endpoint: a proxy that requires a sign-in, a web server.
 * The error then names the call, the endpoint, the status and the first words of the answer; the SDK would
 * only report that it cannot parse it.
 */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isRecord } from '../functions/json.ts';
import { OperatorError } from '../model/operator-error.ts';

interface Asks {
  readonly config: { readonly requestHandler: Handler };
}

interface Handler {
  handle(request: unknown, options?: object): Promise<{ response: unknown }>;
}

/** Checks every further answer to this SDK client. */
export function checkAnswers(client: Asks): void {
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const { response } = await handle(request, options);
    if (isRecord(response) && isRecord(request)) await checkAnswer(request, response);
    return { response };
  };
}

type Fields = Record<string, unknown>;

async function checkAnswer(request: Fields, response: Fields): Promise<void> {
  const { method, protocol, hostname, port, path, headers } = request;
  const { statusCode, body } = response;
  const target = isRecord(headers) ? headers['x-amz-target'] : undefined;
  // An object may contain anything, so it is not checked.
  const isObject =
    target === undefined && method === 'GET' && statusCode === 200 && !String(path).endsWith('/');
  if (isObject || !(body instanceof Readable)) return;
  const bytes = await buffer(body);
  response['body'] = Readable.from(bytes.length === 0 ? [] : [bytes]);
  const origin = `${String(protocol)}//${String(hostname)}${port === undefined ? '' : `:${String(port)}`}`;
  const call = `${String(target ?? `${String(method)} ${String(path)}`)} at ${origin}`;
  if (target === 'AmazonSQS.SendMessage' && bytes.length === 0) {
    throw new OperatorError(`${call} answered nothing: it is not known whether the message was taken`);
  }
  const isJson = target !== undefined;
  refuseForeign(call, Number(statusCode), bytes.toString(), isJson ? 'JSON' : 'XML');
}

/** An empty body is a valid answer. */
export function refuseForeign(call: string, status: number, text: string, form: 'JSON' | 'XML'): void {
  const begins = text.trimStart();
  const isOfForm = form === 'JSON' ? isJson(begins) : /^<(?!html|!doctype html)/i.test(begins);
  if (begins === '' || isOfForm) return;
  const words = begins.replace(/\s+/g, ' ').trim().slice(0, WORDS_SHOWN);
  throw new OperatorError(`${call} answered with status ${status}, which is no ${form}: ${words}`);
}

const WORDS_SHOWN = 100;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
