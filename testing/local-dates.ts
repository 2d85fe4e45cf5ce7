/** Dates without a time zone, which mean another moment on each machine. */

/** The original function, even while it is patched. */
const { getTimezoneOffset } = Date.prototype;

/**
 * The moment in epoch ms that the arguments of `new Date` mean in a zone without an offset; undefined if they
 * mean the same everywhere.
 */
export function localDate(parts: readonly unknown[], RealDate: DateConstructor): number | undefined {
  const [first, second, ...rest] = parts;
  if (second !== undefined) return RealDate.UTC(Number(first), Number(second), ...rest.map(Number));
  if (typeof first !== 'string' || isUtc(first)) return undefined;
  const here = RealDate.parse(first);
  return Number.isNaN(here) ? undefined : here - getTimezoneOffset.call(new RealDate(here)) * 60_000;
}

/** ISO 8601 without a time is UTC by the language standard; any other text needs a zone at its end. */
function isUtc(text: string): boolean {
  return /^\s*[+-]?\d{4,6}(-\d\d){0,2}\s*$/.test(text) || ZONE.test(text);
}

const ZONE = /(?:Z|UTC?|GMT|\b[ECMP][SD]T|:\d\d[^+-]*[+-]\d\d:?\d\d)\s*(?:\(.*\))?\s*$/i;
