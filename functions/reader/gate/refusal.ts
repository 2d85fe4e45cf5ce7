/**
 * Tells from an error whether the source refused the read. True for a BusyError, and for an error with status 429 or 503 where
 * the usual HTTP clients and the AWS SDK put it.
 */
import { isRecord } from '../../json.ts';

export interface Refusal {
  /** How long the source refuses, as it said; undefined if it did not say. */
  readonly waitMs: number | undefined;
  /** False for a 503 without a time, which may be the fault of this one request. */
  readonly certain: boolean;
}

/** The longest wait that is accepted, enough for a daily quota. After it, a read tries the source again. */
export const WAIT_MS_MAX = 24 * 3_600_000;
const CAUSES_MAX = 4;

/** Never throws, or a read whose error throws when it is looked at would keep its slot for ever. */
export function refusalOf(error: unknown, now: number): Refusal | undefined {
  try {
    return refusalAmong(error, now);
  } catch {
    return undefined;
  }
}

function refusalAmong(error: unknown, now: number): Refusal | undefined {
  let at = error;
  for (let depth = 0; depth <= CAUSES_MAX && isRecord(at); depth += 1) {
    const refusal = refusalIn(at, now);
    if (refusal !== undefined) return refusal;
    at = at['cause'];
  }
  return undefined;
}

function refusalIn(error: Readonly<Record<string, unknown>>, now: number): Refusal | undefined {
  if (error['name'] === 'BusyError') return { waitMs: bounded(error['retryAfterMs']), certain: true };
  const { response, $metadata: metadata } = error;
  const status = [
    error['status'],
    error['statusCode'],
    isRecord(response) ? (response['status'] ?? response['statusCode']) : undefined,
    isRecord(metadata) ? metadata['httpStatusCode'] : undefined,
  ].find((one) => one === 429 || one === 503);
  if (status === undefined) return undefined;
  const headers = [error['headers'], isRecord(response) ? response['headers'] : undefined];
  const waitMs = headers.map((each) => retryAfterMs(each, now)).find((ms) => ms !== undefined);
  return { waitMs, certain: status === 429 || waitMs !== undefined };
}

/** A date begins with the name of a day or a year and has a time. Date.parse alone would read "wait 40" as the year 2040. */
const DATE = /^\s*(?:[a-z]{3,9},? |\d{4}-\d{2}-\d{2}T).*\d{2}:\d{2}/i;

/** The header has seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(headers: unknown, now: number): number | undefined {
  const value = headerOf(headers, 'retry-after');
  if (value === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return bounded(Number(value) * 1000);
  const date = DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : bounded(date - now);
}

/** Accepts `Headers`, or an object as in node:http and axios. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (!isRecord(headers)) return undefined;
  const { get } = headers;
  const own = typeof get === 'function' ? get.call(headers, name) : undefined;
  const value: unknown = own ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const [first] = Array.isArray(value) ? value : [value];
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
}

/** Ignores a value that is not a time, and a time in the past. */
function bounded(ms: unknown): number | undefined {
  return typeof ms === 'number' && ms > 0 ? Math.min(ms, WAIT_MS_MAX) : undefined;
}
