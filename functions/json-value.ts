/**
 * Checks that a value comes back unchanged from its JSON text. JSON.stringify alone would turn NaN into null, write a
 * Promise as {}, and drop properties that are undefined, named by a symbol, not enumerable, or beside the elements of an
 * array.
 */
import { PermanentError } from './errors.ts';
import { kindOf } from './kind-of.ts';
import { placeOf } from './shorten.ts';

/** Values nest at most this deep: enough for data, too little to overflow a stack. */
export const JSON_DEPTH_MAX = 100;

/** Returns whether a -0 is in the value; throws on anything that JSON does not carry. */
export function checkValue(value: unknown, what: string): boolean {
  const found = glance(value, 0);
  // Nearly all values pass. One that may not is walked again, and that walk, which knows the path, decides.
  return found === DOUBTFUL ? checkJson(value, what, []) : found === HAS_NEGATIVE_ZERO;
}

const FINE = 0;
const HAS_NEGATIVE_ZERO = 1;
const DOUBTFUL = 2;

/** The greatest of what is found in the value. It is asked of every state and reading, so it makes few objects. */
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

/** Returns whether a -0 is in the value; throws on anything that JSON does not carry. */
function checkJson(value: unknown, what: string, path: Path): boolean {
  checkKind(value, what, path);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0);
  if (path.length >= JSON_DEPTH_MAX) refuse(what, [], `nests deeper than ${JSON_DEPTH_MAX} levels`);
  return Array.isArray(value) ? checkArray(value, what, path) : checkObject(value, what, path);
}

/** Of what kind the value itself is, whatever is in it: quick enough to ask after every reading. */
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
  // A loop over the indexes, not over the elements: a hole must not pass as absent.
  for (let index = 0; index < value.length; index += 1) {
    path.push(index);
    if (checkJson(value[index], what, path)) negativeZero = true;
    path.pop();
  }
  // The indexes come first, and length is the first that is none.
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
    // JSON can hold it, but Object.assign({}, value) would then set a prototype: a trap for code that copies it.
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
 * Refuses a getter: it would work until the state is read back from its text, where it is a value that stands still. The
 * value must have passed checkValue. Looking at every property costs more than all else, so only states are looked at.
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
