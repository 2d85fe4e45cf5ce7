/**
 * Parses a line of an access log: Apache's common and combined formats and similar ones of other servers and
 * proxies. It looks only for the fields that it needs and assumes nothing about the rest: the host, users and
 * other fields come before the time, and more fields may follow the size or the agent.
 * https://httpd.apache.org/docs/current/logs.html#accesslog
 */
export interface LogLine {
  /** "/a" of the request "GET /a HTTP/1.1", as the server wrote it; '' if the request has no target. */
  readonly target: string;
  /** 0 if the server wrote none because the client had disconnected. */
  readonly status: number;
  readonly bytes: number;
  /** Undefined if the line has no such field, as in the common format. */
  readonly agent: string | undefined;
}

/** Undefined if the line has another format or was cut off. */
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

/**
 * The target of a line that cannot be parsed, if something follows it: otherwise it may have been cut off.
 */
export function readableTarget(line: string): string | undefined {
  return /"[^\s"]{1,64} ([^\s"]+)[\s"]/.exec(line)?.[1];
}

// A hostile line must not make these slow: no two alternatives begin alike, and a search that can begin
// anywhere looks at a bounded number of characters.

/** `[09/Nov/2026:06:00:07 +0000]`: brackets with a time in them. A user's name may have brackets too. */
const TIME = /\[(?=[^[\]"]{0,40}\d\d:\d\d:\d\d)[^[\]"]{8,64}\]\s+(?=")/;

/**
 * The request in quotes, status and size. A quote that the server did not escape ends the request only if
 * both follow.
 */
const REQUEST =
  /^"((?:[^"\\]|\\.|"(?!\s+(?:\d{3}|-)\s+(?:\d+|-)(?:\s|$)))*)"\s+(\d{3}|-)\s+(\d{1,15}|-)(?=\s|$)/;

/** A field in quotes, escaped or not: it ends at the first quote that is followed by white space. */
const QUOTED = String.raw`"(?:[^"\\]|\\.|"(?!\s|$))*"`;
/** Fields without quotes, or with a name before the quotes: `rt=0.017 up="10.0.0.1:80"`. */
const BARE = String.raw`(?:\s+[^\s"]+(?:"[^"]*")?)*`;
/** The first two quoted fields are referer and agent. An open quote means that the line was cut off. */
const FIELDS = new RegExp(`^${BARE}(?:\\s+${QUOTED}${BARE}(?:\\s+(${QUOTED})(?:\\s.*)?)?)?\\s*$`, 's');

/** The request without method and protocol. The target may contain blanks: not every client encodes them. */
function targetOf(request: string): string {
  const words = request.trim();
  if (words.startsWith('/')) return words;
  const method = words.search(/\s/);
  if (method === -1) return '';
  const target = words.slice(method).trim();
  return /^HTTP\/[\d.]+$/i.test(target) ? '' : target.replace(/\sHTTP\/[\d.]{1,8}$/i, '').trim();
}

/** A hyphen counts as 0. */
function numberOf(text: string): number {
  return text === '-' ? 0 : Number(text);
}
