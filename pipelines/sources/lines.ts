/**
 * A body as lines: unpacked, counted, decoded, split. It is read as it arrives and never held as a whole.
 *
 * A body is taken as complete only if its framing proves it: a length or chunks by which node notices a missing
 * end, and the checksum at the end of gzip. What was cut off is an error that a retry may mend; what is too long,
 * not text or not what it says is permanent.
 */
import type { IncomingMessage } from 'node:http';
import { TextDecoder } from 'node:util';
import { PermanentError } from '../../functions/errors.ts';
import { LINE_LENGTH_MAX, type SourceRules } from './rules.ts';
import { tooLong, unpack } from './unpack.ts';

export async function* linesOf(
  response: IncomingMessage,
  name: string,
  rules: SourceRules,
): AsyncGenerator<string> {
  const decoder = checkHeaders(response, name, rules);
  const encoded = ['gzip', 'x-gzip'].includes(response.headers['content-encoding'] ?? '');
  yield* splitLines(unpack(received(response), encoded, name, rules), decoder, name);
}

/** Refuses what the headers already show to be of no use; gives the decoder of the charset that they name. */
function checkHeaders(response: IncomingMessage, name: string, rules: SourceRules): TextDecoder {
  const { headers } = response;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
    throw new PermanentError(`${name} is packed as ${encoding.slice(0, 40)}, only gzip is known`);
  }
  const length = headers['content-length'];
  if (length !== undefined && Number(length) > rules.bytesMax) throw tooLong(name, rules);
  if (length === undefined && headers['transfer-encoding'] === undefined) {
    throw new PermanentError(`${name} gives neither a length nor chunks: a missing end could not be noticed`);
  }
  const [type = '', ...parameters] = (headers['content-type'] ?? 'text/plain').toLowerCase().split(/\s*;\s*/);
  // A page that excuses a failure, sent with status 200, is the common case of a wrong type.
  if (!/^(text\/(?!html).+|application\/(octet-stream|x-?gzip|gzip)|binary\/octet-stream)$/.test(type)) {
    throw new PermanentError(`${name} is of type ${type.slice(0, 40)}, a log is text or gzip`);
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice(8) ?? 'utf-8';
  return decoderOf(charset.replaceAll('"', ''), name);
}

function decoderOf(charset: string, name: string): TextDecoder {
  // ASCII is a part of UTF-8, and read as that a byte above 127 is noticed.
  if (/^(utf-?8|us-ascii|ascii)$/.test(charset)) return new TextDecoder('utf-8', { fatal: true });
  if (/^(latin-?1|iso-8859-1)$/.test(charset)) return new TextDecoder('latin1');
  throw new PermanentError(
    `${name} has the charset ${charset.slice(0, 40)}; utf-8, latin1 and ascii are known`,
  );
}

/** The body as it comes off the wire. node itself errors when it ends before its length or its last chunk. */
async function* received(response: IncomingMessage): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      const buffer: Buffer = chunk;
      bytes += buffer.length;
      yield buffer;
    }
  } catch (error) {
    const length = response.headers['content-length'];
    const expected = length === undefined ? 'its last chunk' : `${length} bytes`;
    throw new Error(`the body broke off after ${bytes} bytes, before ${expected}`, { cause: error });
  }
}

async function* splitLines(
  body: AsyncIterable<Buffer>,
  decoder: TextDecoder,
  name: string,
): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decode(decoder, chunk, name)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield checkLine(line, name);
    checkLine(rest, name);
  }
  rest += decode(decoder, undefined, name);
  if (rest !== '') yield checkLine(rest, name);
}

function decode(decoder: TextDecoder, chunk: Buffer | undefined, name: string): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw new PermanentError(`${name} is not ${decoder.encoding} text`, { cause: error });
  }
}

function checkLine(line: string, name: string): string {
  if (line.length > LINE_LENGTH_MAX) {
    throw new PermanentError(`${name} has a line of more than ${LINE_LENGTH_MAX} characters`);
  }
  if (line.includes('\0')) throw new PermanentError(`${name} holds zero bytes: it is not text`);
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
