/**
 * The doors for values. What passes is JSON that comes back from the text bit for bit; everything else is refused
 * with the path to it. JSON.stringify alone would turn NaN into null, drop undefined, and write a Promise as {}.
 */
import { jsonProblemOf, PermanentError } from './errors.ts';
import { checkText, type Numbers } from './json-text.ts';
import { kindOf } from './kind-of.ts';
import { placeOf } from './shorten.ts';

/** Values nest at most this deep: enough for data, too little to overflow a stack. */
export const JSON_DEPTH_MAX = 100;

/** The value as JSON text. `what` names the value in the error: "reading 3 of request r-17". */
export function encodeJson(value: unknown, what: string): string {
  const negativeZero = check(value, what);
  // JSON.stringify writes -0 as 0. Text that keeps it costs a replacer, so only values that hold a -0 pay for it.
  const text = negativeZero ? JSON.stringify(value, keepNegativeZero) : JSON.stringify(value);
  return escapeNoncharacters(text);
}

/**
 * The text as a value. Refused is a text that nests too deep, one in which an object has a name twice, and, unless they
 * may be `rounded`, one whose numbers do not come back as the same decimals.
 */
export function parseJson(text: string, what: string, numbers: Numbers = 'exact'): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PermanentError(
      `${what} is not JSON: ${error instanceof Error ? jsonProblemOf(error.message) : String(error)}`,
    );
  }
  checkText(text, what, numbers);
  check(value, what);
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns whether a -0 is in the value; throws on anything that JSON does not carry. */
function check(value: unknown, what: string): boolean {
  const found = glance(value, 0);
  // Nearly all values pass. One that may not is walked again, and that walk, which knows the path, decides.
  return found === DOUBTFUL ? checkJson(value, what, []) : found === HAS_NEGATIVE_ZERO;
}

const FINE = 0;
const HAS_NEGATIVE_ZERO = 1;
const DOUBTFUL = 2;

/** The greatest of what is found in the value. It is asked of every state and reading, so it makes no objects. */
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
  let found = FINE;
  for (let index = 0; index < value.length && found !== DOUBTFUL; index += 1) {
    found = Math.max(found, glance(value[index], depth));
  }
  return found;
}

function glanceObject(value: object, depth: number): number {
  if (!isPlain(value)) return DOUBTFUL;
  let found = FINE;
  const fields: Readonly<Record<string, unknown>> = value as Record<string, unknown>;
  for (const name in fields) {
    if (name === '__proto__') return DOUBTFUL;
    found = Math.max(found, glance(fields[name], depth));
    if (found === DOUBTFUL) return DOUBTFUL;
  }
  return found;
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
      if (value === null || Array.isArray(value)) return;
      if (!isPlain(value)) refuse(what, path, `is ${kindOf(value)}`);
      return;
    default:
      refuse(what, path, `is ${kindOf(value)}`);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function checkArray(value: readonly unknown[], what: string, path: Path): boolean {
  let negativeZero = false;
  // A loop over the indexes, not over the elements: a hole must not pass as absent.
  for (let index = 0; index < value.length; index += 1) {
    path.push(index);
    if (checkJson(value[index], what, path)) negativeZero = true;
    path.pop();
  }
  return negativeZero;
}

function checkObject(value: object, what: string, path: Path): boolean {
  let negativeZero = false;
  for (const [name, child] of Object.entries(value)) {
    path.push(name);
    // JSON can hold it, but Object.assign({}, value) would then set a prototype: a trap for whoever copies it.
    if (name === '__proto__') refuse(what, path, 'is a property named __proto__');
    if (checkJson(child, what, path)) negativeZero = true;
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

function keepNegativeZero(_name: string, value: unknown): unknown {
  return Object.is(value, -0) ? rawJson('-0') : value;
}

// Node 24 has it, TypeScript 7 does not know it yet: https://tc39.es/proposal-json-parse-with-source/
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * SQS refuses U+FFFE and U+FFFF, which JSON.stringify leaves as they are; escaped they pass. It escapes control
 * characters and lone surrogates itself.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
function escapeNoncharacters(text: string): string {
  return /[\uFFFE\uFFFF]/.test(text)
    ? text.replace(/\uFFFE/g, '\\ufffe').replace(/\uFFFF/g, '\\uffff')
    : text;
}
