/**
 * Checks that a value comes back unchanged from its JSON text. JSON.stringify alone would turn NaN into null, write a
 * Promise as {}, and drop properties that are undefined, named by a symbol, not enumerable, or beside the elements of an
 * array.
 */
import { PermanentError } from './errors.ts';
import { kindOf } from './kind-of.ts';
import { placeOf } from './shorten.ts';

/** The deepest nesting of a value: enough for data, too little to overflow the stack. */
export const JSON_DEPTH_MAX = 100;

/** Returns whether the value contains -0. Throws if JSON cannot hold the value. */
export function checkValue(value: unknown, what: string): boolean {
  const found = glance(value, 0);
  // Nearly all values pass this quick check. A doubtful value gets a full check, which decides and knows the path.
  return found === DOUBTFUL ? checkJson(value, what, []) : found === HAS_NEGATIVE_ZERO;
}

const FINE = 0;
const HAS_NEGATIVE_ZERO = 1;
const DOUBTFUL = 2;

/** The greatest finding in the value. It runs on every state and reading, so it allocates little. */
function glance(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return FINE;
    case 'number':
      if (value === 0) return Object.is(value, -0) ? HAS_NEGATIVE_ZERO : FINE;
      return Number.isFinite(value) ? FINE : DOUBTFUL;
    case 'object':
      if (value === null) return FINE;
      if (depth >= JSON_DEPTH_MAX) return DOUBTFUL;
      return Array.isArray(value) ? glanceArray(value, depth + 1) : glanceObject(value, depth + 1);
    default:
      return DOUBTFUL;
  }
}

function glanceArray(value: readonly unknown[], depth: number): number {
  if (!isPlainArray(value) || Object.keys(value).length !== value.length) return DOUBTFUL;
  if (Object.getOwnPropertySymbols(value).length > 0) return DOUBTFUL;
  let found = FINE;
  for (let index = 0; index < value.length && found !== DOUBTFUL; index += 1) {
    found = Math.max(found, glance(value[index], depth));
  }
  return found;
}

function glanceObject(value: object, depth: number): number {
  if (!isPlain(value)) return DOUBTFUL;
  let found = FINE;
  let names = 0;
  const fields: Readonly<Record<string, unknown>> = value as Record<string, unknown>;
  for (const name in fields) {
    if (name === '__proto__') return DOUBTFUL;
    names += 1;
    found = Math.max(found, glance(fields[name], depth));
    if (found === DOUBTFUL) return DOUBTFUL;
  }
  if (Object.getOwnPropertyNames(value).length !== names) return DOUBTFUL;
  return Object.getOwnPropertySymbols(value).length > 0 ? DOUBTFUL : found;
}

type Path = (string | number)[];

/** The full check, with the path for errors. */
function checkJson(value: unknown, what: string, path: Path): boolean {
  checkKind(value, what, path);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0);
  if (path.length >= JSON_DEPTH_MAX) refuse(what, [], `nests deeper than ${JSON_DEPTH_MAX} levels`);
  return Array.isArray(value) ? checkArray(value, what, path) : checkObject(value, what, path);
}

/** Checks the value itself but not its contents, which is quick enough to do after every reading. */
export function checkKind(value: unknown, what: string, path: Path = []): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) refuse(what, path, `is ${value}`);
      return;
    case 'object':
      if (value === null) return;
      if (Array.isArray(value)) {
        if (!isPlainArray(value)) refuse(what, path, 'is a list with a class or a toJSON of its own');
      } else if (!isPlain(value)) refuse(what, path, `is ${kindOf(value)}`);
      return;
    default:
      refuse(what, path, `is ${kindOf(value)}`);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isPlainArray(value: readonly unknown[]): boolean {
  return Object.getPrototypeOf(value) === Array.prototype && !('toJSON' in value);
}

function checkArray(value: readonly unknown[], what: string, path: Path): boolean {
  let negativeZero = false;
  // The loop goes over the indexes, so that a hole counts as undefined and is refused.
  for (let index = 0; index < value.length; index += 1) {
    path.push(index);
    if (checkJson(value[index], what, path)) negativeZero = true;
    path.pop();
  }
  // ownKeys lists the indexes first, then `length`, then all other properties.
  const [, ...beside] = Reflect.ownKeys(value).slice(value.length);
  const [name] = beside;
  if (name !== undefined) refuse(what, [...path, String(name)], 'is a property of a list');
  return negativeZero;
}

function checkObject(value: object, what: string, path: Path): boolean {
  let negativeZero = false;
  for (const name of Reflect.ownKeys(value)) {
    path.push(String(name));
    if (typeof name === 'symbol') refuse(what, path, 'is a property named by a symbol');
    // JSON can hold this name, but code that copies the value with Object.assign would set a prototype.
    if (name === '__proto__') refuse(what, path, 'is a property named __proto__');
    if (!Object.prototype.propertyIsEnumerable.call(value, name)) refuse(what, path, 'is not enumerable');
    if (checkJson(Reflect.get(value, name), what, path)) negativeZero = true;
    path.pop();
  }
  return negativeZero;
}

function refuse(what: string, path: Path, problem: string): never {
  const place = placeOf(path);
  throw new PermanentError(
    `${what}${place === '' ? '' : ` at ${place}`} ${problem}, which JSON cannot hold as it is`,
  );
}

/**
 * Refuses getters: after the state is read back from its text, a getter is a fixed value. The value must have passed
 * checkValue. A look at every property descriptor is expensive, so only states are checked.
 */
export function refuseAccessors(value: unknown, what: string, path: Path = []): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, child] of value.entries()) {
      if (typeof child === 'object') refuseAccessors(child, what, [...path, index]);
    }
    return;
  }
  for (const name of Object.keys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    if (property?.get !== undefined) refuse(what, [...path, name], 'is a getter');
    const child: unknown = property?.value;
    if (typeof child === 'object') refuseAccessors(child, what, [...path, name]);
  }
}
