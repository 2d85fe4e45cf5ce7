/**
 * What a compute can see of the world outside: the time and chance. While it runs, both can be made to be others, and
 * whether it asked is noted. Compute is synchronous, so nothing else runs meanwhile.
 */

export type Outside = 'as it is' | 'another';

/** Far enough for another hour, weekday, month and year. */
const SHIFT_MS = 400 * 24 * 3_600_000 + 5 * 3_600_000;

/** Adds to `asked` what was asked for, as the author wrote it: "Date.now()". */
export function withOutside<Result>(outside: Outside, asked: Set<string>, run: () => Result): Result {
  const original = { Date, random: Math.random, now: performance.now };
  const shiftMs = outside === 'another' ? SHIFT_MS : 0;
  const now = () => original.Date.now() + shiftMs;
  const note = <Value>(what: string, value: Value): Value => {
    asked.add(what);
    return value;
  };
  globalThis.Date = new Proxy(original.Date, {
    construct: (target, parts: unknown[], newTarget) =>
      Reflect.construct(target, parts.length === 0 ? [note('new Date()', now())] : parts, newTarget),
    apply: () => note('Date()', new original.Date(now()).toString()),
    get: (target, name) =>
      name === 'now' ? () => note('Date.now()', now()) : Reflect.get(target, name, target),
  });
  Math.random = () => {
    const value = note('Math.random()', original.random());
    return outside === 'another' ? (value + 0.5) % 1 : value;
  };
  performance.now = () => note('performance.now()', original.now.call(performance) + shiftMs);
  try {
    return run();
  } finally {
    globalThis.Date = original.Date;
    Math.random = original.random;
    performance.now = original.now;
  }
}
