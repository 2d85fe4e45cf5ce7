/**
 * Throwing means: try again later. The one exception is PermanentError: trying again cannot help, so what caused
 * it is set aside at once, with its message as the reason.
 */
import { withoutQuotes } from './engine-quotes.ts';
import { REASON_LENGTH_MAX } from './limits.ts';
import { issuesOf, schemaProblem, UNKNOWN } from './schema-problem.ts';

export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/**
 * The source will have no more reads for now: `read` throws it, and the source is left alone by everybody for that long. The
 * request has not failed: it is read again then, and comes no nearer to the dead-letter queue.
 */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  /** Milliseconds from now; undefined: the source did not say. */
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

/** A message or item written by a newer build: neither understood nor junk. It goes back for the newer build. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError';
}

/** What was tried will not do now: the messages go back to the queue without another try in this invocation. */
export class GiveBackError extends Error {
  override readonly name = 'GiveBackError';
}

/** Of a longer message the rest is not even looked at. */
const LOOKED_AT_MAX = 4_000;
const CAUSES_MAX = 4;
const PLAIN_NAME = /^(PermanentError|Error):( |$)/;

/**
 * One line of bounded length that says what went wrong: for dead letters and logs. Messages of the user's own
 * errors are passed on, so they must not hold what may not be logged (docs/decisions/0010). The leaks that happen
 * without anybody meaning it are stopped here: queries and passwords of URLs, values that the engine or a schema
 * library quotes. Causes are told too: what fetch itself says is "fetch failed", and only its cause says why.
 */
export function reasonOf(error: unknown): string {
  const line = withoutUrlSecrets(describe(error).slice(0, LOOKED_AT_MAX))
    .replace(PLAIN_NAME, '')
    // SQS takes neither an empty attribute nor these characters, and the dead letter must not fail on its reason.
    .replace(/[\s\p{Cc}\uFFFE\uFFFF]+/gu, ' ')
    .trim()
    .toWellFormed();
  if (line === '') return 'an error without a message';
  return line.length > REASON_LENGTH_MAX ? `${line.slice(0, REASON_LENGTH_MAX - 1)}…`.toWellFormed() : line;
}

/** What is wrong with a text that JSON.parse refused, without the piece of that text which V8 quotes. */
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

/** Of the causes only what adds to what is said already: many wrap an error and repeat its message. */
function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let said = error instanceof Error ? String(error.message) : '';
  let outer = error;
  for (let depth = 0; depth < CAUSES_MAX && outer instanceof Error; depth += 1) {
    // Where a host has several addresses, each that refused is an error of its own, and what holds them says nothing.
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
