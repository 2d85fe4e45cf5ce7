/**
 * What compute can see of the outside world: time, random numbers, time zone, language, the process and its
 * machine. While compute runs, all of these can be replaced, and each use is recorded. Compute is
 * synchronous, so nothing else runs meanwhile.
 */
import nodeCrypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { withFormatters } from './formatters.ts';
import { localDate } from './local-dates.ts';
import { OTHER_ZONE_MS } from './other-place.ts';
import { localePatches } from './outside-locale.ts';
import { type Ask, type Patch, patchFunctions, putBack, putIn } from './outside-patch.ts';

export type Outside = 'as it is' | 'another';

/** Milliseconds; enough to change the hour, weekday, month and year. */
const SHIFT_MS = 400 * 24 * 3_600_000 + 5 * 3_600_000;

/** Adds each use to `asked`, as the author wrote it: "Date.now()". */
export function withOutside<Result>(outside: Outside, asked: Set<string>, run: () => Result): Result {
  const ask: Ask = {
    another: outside === 'another',
    note: (what) => void asked.add(what),
  };
  const undo = putIn([
    ...localePatches(ask),
    ...processPatches(ask),
    ...chancePatches(ask),
    // Last, because the patches above create dates.
    ...clockPatches(ask),
  ]);
  // For functions that are imported by name: `import { hostname } from 'node:os'`.
  syncBuiltinESMExports();
  try {
    return withFormatters(ask, run);
  } finally {
    putBack(undo);
    syncBuiltinESMExports();
  }
}

function clockPatches({ another, note }: Ask): Patch[] {
  const RealDate = Date;
  const shiftMs = another ? SHIFT_MS : 0;
  const now = (what: string): number => {
    note(what);
    return RealDate.now() + shiftMs;
  };
  const parse = (text: string): number => {
    const utcMs = localDate([text], RealDate);
    if (utcMs === undefined) return RealDate.parse(text);
    note('Date.parse(text) without a time zone');
    return another ? utcMs - OTHER_ZONE_MS : RealDate.parse(text);
  };
  const date = new Proxy(RealDate, {
    construct(target, parts: unknown[], newTarget) {
      if (parts.length === 0) return Reflect.construct(target, [now('new Date()')], newTarget);
      const utcMs = localDate(parts, RealDate);
      if (utcMs === undefined) return Reflect.construct(target, parts, newTarget);
      note(
        parts.length > 1 ? 'new Date(year, month, ...) in local time' : 'new Date(text) without a time zone',
      );
      return Reflect.construct(target, another ? [utcMs - OTHER_ZONE_MS] : parts, newTarget);
    },
    apply: () => new RealDate(now('Date()')).toString(),
    get(target, name) {
      if (name === 'now') return () => now('Date.now()');
      return name === 'parse' ? parse : Reflect.get(target, name, target);
    },
  });
  const shifted =
    (what: string) => (original: (...parts: unknown[]) => unknown, self: unknown, parts: unknown[]) => {
      note(what);
      const value = Reflect.apply(original, self, parts);
      return typeof value === 'number' ? value + shiftMs : value;
    };
  const { hrtime } = process;
  const clock = Object.assign(
    (...parts: [] | [[number, number]]) => {
      note('process.hrtime()');
      const [seconds, nanoseconds] = hrtime(...parts);
      return [seconds + shiftMs / 1000, nanoseconds];
    },
    {
      bigint: () => {
        note('process.hrtime.bigint()');
        return hrtime.bigint() + BigInt(shiftMs) * 1_000_000n;
      },
    },
  );
  return [
    ...patchFunctions(performance, { now: shifted('performance.now()') }),
    ...patchFunctions(process, { uptime: shifted('process.uptime()') }),
    { target: process, name: 'hrtime', value: clock },
    { target: globalThis, name: 'Date', value: date },
  ];
}

function chancePatches({ another, note }: Ask): Patch[] {
  return [
    ...patchFunctions(Math, {
      random: (original, self, parts) => {
        note('Math.random()');
        const value = Number(Reflect.apply(original, self, parts));
        return another ? (value + 0.5) % 1 : value;
      },
    }),
    ...[crypto, nodeCrypto].flatMap((owner) =>
      patchFunctions(
        owner,
        Object.fromEntries(OF_CHANCE.map((name) => [name, noted(`crypto.${name}()`, note)])),
      ),
    ),
  ];
}

const OF_CHANCE = ['randomUUID', 'getRandomValues', 'randomBytes', 'randomInt', 'randomFillSync'] as const;

/** Its result differs each time, so it is only recorded. */
function noted(what: string, note: Ask['note']) {
  return (original: (...parts: unknown[]) => unknown, self: unknown, parts: unknown[]): unknown => {
    note(what);
    return Reflect.apply(original, self, parts);
  };
}

const OF_THE_PROCESS = ['cwd', 'memoryUsage', 'cpuUsage', 'umask'] as const;

function processPatches({ another, note }: Ask): Patch[] {
  const other =
    (what: string) => (original: (...parts: unknown[]) => unknown, self: unknown, parts: unknown[]) => {
      note(what);
      const value = Reflect.apply(original, self, parts);
      if (!another) return value;
      return typeof value === 'number' ? value + 1 : typeof value === 'string' ? `/another${value}` : value;
    };
  const others = (owner: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, other(`${owner}.${name}()`)]));
  const functionsOfOs = Object.keys(os).filter((name) => typeof Reflect.get(os, name) === 'function');
  const env = new Proxy(process.env, {
    get(target, name) {
      if (typeof name !== 'string') return Reflect.get(target, name);
      note(`process.env.${name}`);
      return another ? 'another' : target[name];
    },
  });
  const { argv } = process;
  const words = new Proxy(argv, {
    get(target, name) {
      note('process.argv');
      return Reflect.get(target, name);
    },
  });
  return [
    ...patchFunctions(process, others('process', OF_THE_PROCESS)),
    ...patchFunctions(os, others('os', functionsOfOs)),
    { target: process, name: 'env', value: env },
    { target: process, name: 'argv', value: words },
  ];
}
