/**
 * Time zone and language where compute does not name them: a Lambda function has UTC and en-US, a test the
 * machine's own. In the second run they are Tokyo and German. Intl is handled in formatters.ts.
 */
import { namesZone } from './formatters.ts';
import { OTHER_LOCALE, OTHER_ZONE, OTHER_ZONE_MS } from './other-place.ts';
import { type Ask, type Patch, patchFunctions } from './outside-patch.ts';

const PARTS = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'] as const;
const TEXTS = ['toString', 'toDateString', 'toTimeString'] as const;

export function localePatches(ask: Ask): Patch[] {
  return [...dateParts(ask), ...texts(ask)];
}

type Anything = (...parts: unknown[]) => unknown;

/** In a zone without an offset, getHours and setHours equal getUTCHours and setUTCHours. */
function dateParts({ another, note }: Ask): Patch[] {
  const offsetMs = another ? OTHER_ZONE_MS : undefined;
  const local =
    (name: string, utcName: string) =>
    (original: Anything, self: unknown, parts: unknown[]): unknown => {
      note(`${name}() in local time`);
      if (offsetMs === undefined || !(self instanceof Date)) return Reflect.apply(original, self, parts);
      const there = new Date(self.getTime() + offsetMs);
      const value: unknown = callMethod(there, utcName, parts);
      if (name.startsWith('set')) return self.setTime(there.getTime() - offsetMs);
      return value;
    };
  const text =
    (name: string) =>
    (original: Anything, self: unknown, parts: unknown[]): unknown => {
      note(`${name}() in local time`);
      if (offsetMs === undefined || !(self instanceof Date)) return Reflect.apply(original, self, parts);
      return `${new Date(self.getTime() + offsetMs).toISOString()} ${OTHER_ZONE}`;
    };
  const both = ['get', 'set'].flatMap((verb) =>
    PARTS.map((part) => [`${verb}${part}`, `${verb}UTC${part}`] as const),
  );
  return patchFunctions(Date.prototype, {
    ...Object.fromEntries(both.map(([name, utcName]) => [name, local(name, utcName)])),
    ...Object.fromEntries(TEXTS.map((name) => [name, text(name)])),
    getTimezoneOffset: (original, self, parts) => {
      note('getTimezoneOffset()');
      return another ? -OTHER_ZONE_MS / 60_000 : Reflect.apply(original, self, parts);
    },
  });
}

function callMethod(date: Date, name: string, parts: unknown[]): unknown {
  const method: unknown = Reflect.get(date, name);
  return typeof method === 'function' ? Reflect.apply(method, date, parts) : undefined;
}

/** Methods with the language as first argument, or as second (localeCompare). */
function texts({ another, note }: Ask): Patch[] {
  const withLocale = (name: string, at: number, zoned: boolean) => ({
    [name]: (original: Anything, self: unknown, parts: unknown[]): unknown => {
      const given = [...parts];
      const options: unknown = given[at + 1];
      if (given[at] === undefined) {
        note(`${name}() without a locale`);
        if (another) given[at] = OTHER_LOCALE;
      }
      if (zoned && !namesZone(options)) {
        note(`${name}() without a time zone`);
        if (another) given[at + 1] = { ...Object(options), timeZone: OTHER_ZONE };
      }
      return Reflect.apply(original, self, given);
    },
  });
  const ofText = {
    ...withLocale('toLocaleUpperCase', 0, false),
    ...withLocale('toLocaleLowerCase', 0, false),
  };
  return [
    ...patchFunctions(String.prototype, { ...ofText, ...withLocale('localeCompare', 1, false) }),
    ...[Number.prototype, BigInt.prototype, Array.prototype].flatMap((prototype) =>
      patchFunctions(prototype, withLocale('toLocaleString', 0, false)),
    ),
    ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'].flatMap((name) =>
      patchFunctions(Date.prototype, withLocale(name, 0, true)),
    ),
  ];
}
