/**
 * Formatters and collators without an explicit language or time zone use those of the machine. Many are
 * created once, when a module loads, long before compute uses them. So the kit records how each one is
 * created from its own import on; while compute runs, a recorded formatter answers as if it had been created
 * elsewhere.
 */
import { OTHER_LOCALE, OTHER_ZONE } from './other-place.ts';
import type { Ask } from './outside-patch.ts';

interface Origin {
  /** The constructor's arguments. */
  readonly parts: readonly unknown[];
  /** The arguments that are missing: "Intl.NumberFormat without a locale". */
  readonly unnamed: readonly string[];
}

type Anything = (...parts: unknown[]) => unknown;

const origins = new WeakMap<object, Origin>();
let asking: Ask | undefined;

/** `run` is compute, which is synchronous. */
export function withFormatters<Result>(ask: Ask, run: () => Result): Result {
  asking = ask;
  try {
    return run();
  } finally {
    asking = undefined;
  }
}

for (const name of Object.getOwnPropertyNames(Intl)) {
  const format: unknown = Reflect.get(Intl, name);
  if (!/^[A-Z]/.test(name) || name === 'Locale' || !isFunction(format)) continue;
  const make = (parts: readonly unknown[]): object => Reflect.construct(format, [...parts]);
  remember(name, format);
  const prototype = Object(Reflect.get(format, 'prototype'));
  for (const member of Object.getOwnPropertyNames(prototype)) {
    if (member !== 'constructor') answer(name, prototype, member, make);
  }
}

function isFunction(value: unknown): value is Anything {
  return typeof value === 'function';
}

function remember(name: string, format: Anything): void {
  const made = (parts: readonly unknown[], formatter: object): object => {
    const origin = { parts, unnamed: unnamedBy(name, parts) };
    origins.set(formatter, origin);
    if (asking !== undefined) origin.unnamed.forEach(asking.note);
    return formatter;
  };
  const value = new Proxy(format, {
    construct: (target, parts, newTarget) => made(parts, Reflect.construct(target, parts, newTarget)),
    apply: (target, self, parts) => made(parts, Object(Reflect.apply(target, self, parts))),
  });
  Object.defineProperty(Intl, name, { configurable: true, writable: true, enumerable: false, value });
}

function unnamedBy(name: string, [locale, options]: readonly unknown[]): string[] {
  return [
    ...(locale === undefined ? [`Intl.${name} without a locale`] : []),
    ...(name === 'DateTimeFormat' && !namesZone(options) ? [`Intl.${name} without a time zone`] : []),
  ];
}

export function namesZone(options: unknown): boolean {
  return (
    typeof options === 'object' && options !== null && 'timeZone' in options && options.timeZone !== undefined
  );
}

/**
 * Patches a method, or the getter of a bound method (`format`, `compare`), which may be read before it is
 * called.
 */
function answer(
  name: string,
  prototype: object,
  member: string,
  make: (parts: readonly unknown[]) => object,
): void {
  const own = Object.getOwnPropertyDescriptor(prototype, member);
  const bound = new WeakMap<object, Anything>();
  if (own?.get !== undefined) {
    const { get } = own;
    const getter = function (this: object): Anything {
      const known = bound.get(this);
      if (known !== undefined) return known;
      const original: Anything = get.call(this);
      const made: Anything = (...parts) => {
        const there = elsewhere(name, this, make);
        return there === this ? original(...parts) : Reflect.apply(get.call(there), there, parts);
      };
      bound.set(this, made);
      return made;
    };
    Object.defineProperty(prototype, member, { ...own, get: getter });
  } else if (typeof own?.value === 'function') {
    const original: Anything = own.value;
    const value = function (this: object, ...parts: unknown[]): unknown {
      return Reflect.apply(original, elsewhere(name, this, make), parts);
    };
    Object.defineProperty(prototype, member, { ...own, value });
  }
}

const others = new WeakMap<object, object>();

/** The formatter that answers in place of this one. */
function elsewhere(name: string, formatter: object, make: (parts: readonly unknown[]) => object): object {
  if (asking === undefined) return formatter;
  const origin = origins.get(formatter);
  if (origin === undefined) {
    asking.note(`an Intl.${name} from before the import of weir-pipelines/testing, which has to come first`);
    return formatter;
  }
  origin.unnamed.forEach(asking.note);
  if (!asking.another || origin.unnamed.length === 0) return formatter;
  const other = others.get(formatter) ?? make(partsElsewhere(name, origin.parts));
  others.set(formatter, other);
  return other;
}

function partsElsewhere(
  name: string,
  [locale = OTHER_LOCALE, options, ...rest]: readonly unknown[],
): unknown[] {
  const zoned = name === 'DateTimeFormat' && !namesZone(options);
  return [locale, zoned ? { ...Object(options), timeZone: OTHER_ZONE } : options, ...rest];
}
