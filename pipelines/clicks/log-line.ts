/**
 * A line of an access log taken apart: Apache's common and combined format and what is near them, as servers and
 * proxies write it. Only what is needed is looked for, and nothing is presumed about the rest: a host, users and
 * whatever else stand in front of the time, and further fields behind the size or the agent.
 * https://httpd.apache.org/docs/current/logs.html#accesslog
 */
export interface LogLine {
  /** "/a" of the request "GET /a HTTP/1.1", as the server wrote it; '' if the request has none. */
  readonly target: string;
  /** 0 if the server wrote none: the client was gone. */
  readonly status: number;
  readonly bytes: number;
  /** undefined if the line has no such field, as in the common format. */
  readonly agent: string | undefined;
}

/** undefined if it is no such line, or was cut. */
export function parseLogLine(line: string): LogLine | undefined {
  const time = TIME.exec(line);
  if (time === null) return undefined;
  const behindTime = line.slice(time.index + time[0].length);
  const request = REQUEST.exec(behindTime);
  if (request === null) return undefined;
  const [all, words = '', status = '', size = ''] = request;
  const fields = FIELDS.exec(behindTime.slice(all.length));
  if (fields === null) return undefined;
  return { target: targetOf(words), status: numberOf(status), bytes: numberOf(size), agent: fields[1] };
}

/** Of a line that cannot be read, if something follows the target: else it may have been cut inside. */
export function readableTarget(line: string): string | undefined {
  return /"[^\s"]{1,64} ([^\s"]+)[\s"]/.exec(line)?.[1];
}

// A hostile line must not make these slow: no two alternatives begin alike, and a search that can begin anywhere
// looks at a bounded number of characters.

/** `[09/Nov/2026:06:00:07 +0000]`: brackets around something with a clock in it. A user's name may have brackets, too. */
const TIME = /\[(?=[^[\]"]{0,40}\d\d:\d\d:\d\d)[^[\]"]{8,64}\]\s+(?=")/;

/** The request in quotes, status and size. A quote that the server did not escape ends it only if both follow. */
const REQUEST =
  /^"((?:[^"\\]|\\.|"(?!\s+(?:\d{3}|-)\s+(?:\d+|-)(?:\s|$)))*)"\s+(\d{3}|-)\s+(\d{1,15}|-)(?=\s|$)/;

/** A field in quotes, escaped or not: its last quote is the first that a blank follows. */
const QUOTED = String.raw`"(?:[^"\\]|\\.|"(?!\s|$))*"`;
/** Fields without quotes, or with a name in front: `rt=0.017 up="10.0.0.1:80"`. */
const BARE = String.raw`(?:\s+[^\s"]+(?:"[^"]*")?)*`;
/** The first two fields in quotes are referer and agent. A quote that is left open is a cut. */
const FIELDS = new RegExp(`^${BARE}(?:\\s+${QUOTED}${BARE}(?:\\s+(${QUOTED})(?:\\s.*)?)?)?\\s*$`, 's');

/** Without method and protocol. What is between them may have blanks: not every client encodes them. */
function targetOf(request: string): string {
  const words = request.trim();
  if (words.startsWith('/')) return words;
  const method = words.search(/\s/);
  if (method === -1) return '';
  const target = words.slice(method).trim();
  return /^HTTP\/[\d.]+$/i.test(target) ? '' : target.replace(/\sHTTP\/[\d.]{1,8}$/i, '').trim();
}

/** A hyphen is nothing. */
function numberOf(text: string): number {
  return text === '-' ? 0 : Number(text);
}
