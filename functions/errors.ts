/**
 * A thrown error means: try again later. The exception is PermanentError: another attempt cannot help, so the request or
 * reading is set aside at once, with the error's message as the reason.
 */
import { withoutQuotes } from './engine-quotes.ts';
import { REASON_LENGTH_MAX } from './limits.ts';
import { issuesOf, schemaProblem, UNKNOWN } from './schema-problem.ts';

export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** A state, or the outputs of one reading, exceed their limit. */
export class TooLargeError extends PermanentError {}

/**
 * `read` throws this if the source takes no more reads for now. All environments then stop reading the source for
 * `retryAfterMs`. The request has not failed: it is read again later, and the attempt does not count.
 */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  /** Milliseconds from now; undefined if the source did not say. */
  readonly retryAfterMs: number | undefined;

  constructor({
    retryAfterMs,
    message,
    cause,
  }: { retryAfterMs?: number; message?: string; cause?: unknown } = {}) {
    super(message ?? 'the source is busy', { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/** A newer build wrote this message or item. It goes back to the queue and waits for that build. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError';
}

/** Another attempt in this invocation cannot help: the messages go back to the queue at once. */
export class GiveBackError extends Error {
  override readonly name = 'GiveBackError';
}

/** Characters of an error's text that are examined. The rest is dropped. */
const LOOKED_AT_MAX = 4_000;
const CAUSES_MAX = 4;
const PLAIN_NAME = /^(PermanentError|Error):( |$)/;

/**
 * One line of limited length that says what went wrong, for dead letters and logs. Messages of the user's own errors are
 * included, so they must not contain anything that may not be logged (docs/decisions/0010). Unintended leaks are removed here:
 * queries and passwords of URLs, and values that the engine or a schema library quotes. Causes are included, because fetch
 * itself only says "fetch failed".
 */
export function reasonOf(error: unknown): string {
  const line = withoutUrlSecrets(describe(error).slice(0, LOOKED_AT_MAX))
    .replace(PLAIN_NAME, '')
    // SQS refuses an attribute that is empty or has these characters, and the dead letter must not fail on its reason.
    .replace(/[\s\p{Cc}\uFFFE\uFFFF]+/gu, ' ')
    .trim()
    .toWellFormed();
  if (line === '') return 'an error without a message';
  return line.length > REASON_LENGTH_MAX ? `${line.slice(0, REASON_LENGTH_MAX - 1)}…`.toWellFormed() : line;
}

/** The message of JSON.parse without the piece of the text that V8 quotes. */
export function jsonProblemOf(message: string): string {
  return withoutQuotes(message) || 'it begins with no JSON value';
}

function withoutUrlSecrets(text: string): string {
  return text
    .replace(/(\/\/)[^\s/@]*@/g, '$1')
    .replace(/\?[^\s?]*=\S*/g, '?…')
    .replace(/(:\/\/[^\s?#]*)[?#]\S*/g, '$1?…');
}

function describe(error: unknown): string {
  try {
    return [describeOne(error), ...causesOf(error)].join(': ');
  } catch {
    return 'an error that cannot be shown as text';
  }
}

function describeOne(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = String(error.message).slice(0, LOOKED_AT_MAX);
  if (error instanceof SyntaxError) return `${error.name}: ${jsonProblemOf(message)}`;
  const issues = issuesOf(error);
  if (issues === undefined) return `${error.name}: ${withoutQuotes(message)}`;
  return `${error.name}: ${schemaProblem(issues, UNKNOWN)}`;
}

/** The causes that add information. Many libraries wrap an error and repeat its message. */
function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let said = error instanceof Error ? String(error.message) : '';
  let outer = error;
  for (let depth = 0; depth < CAUSES_MAX && outer instanceof Error; depth += 1) {
    // If a host has several addresses, fetch's cause is an AggregateError without a message and with one error per address.
    const { cause } = outer;
    outer = cause instanceof AggregateError && cause.message === '' ? cause.errors[0] : cause;
    if (!(outer instanceof Error)) break;
    const text = describeOne(outer).slice(0, LOOKED_AT_MAX).replace(PLAIN_NAME, '');
    if (text === '' || said.includes(text)) continue;
    causes.push(text);
    said = text;
  }
  return causes;
}
