/**
 * Values of an item, as in DynamoDB's JSON and its SDK: one of `S`, `N`, `B` and so on. Computes their size as AWS counts it,
 * checks whether they can be stored, and compares them.
 */
import type { Item } from './item.ts';
import { TableError } from './table-error.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const ITEM_BYTES_MAX = 400 * 1024;
const NUMBER_DIGITS_MAX = 38;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function sizeOfItem(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += Buffer.byteLength(name) + sizeOf(item[name] ?? {});
  return bytes;
}

function sizeOf(value: object): number {
  const [type, content] = typed(value);
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return Math.ceil(digitsOf(String(content)).length / 2) + 1;
    case 'B':
      return content instanceof Uint8Array
        ? content.byteLength
        : Buffer.byteLength(String(content), 'base64');
    case 'SS':
    case 'NS':
    case 'BS':
      return setOf(content).reduce((sum: number, one) => sum + sizeOf({ [type.slice(0, 1)]: one }), 0);
    case 'L':
      return 3 + listOf(content).reduce((sum: number, one) => sum + 1 + sizeOf(one), 0);
    case 'M':
      return 3 + Object.keys(Object(content)).length + sizeOfItem(Object(content));
    default:
      return 1;
  }
}

const TYPES: readonly string[] = ['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS'];

/** Throws DynamoDB's error for a value that it does not store. */
export function checkAttribute(value: object): void {
  const [type, content] = typed(value);
  if (type === 'N' && !isNumber(content))
    throw new TableError('ValidationException', `a number that cannot be stored: ${String(content)}`);
  if (type === 'L') for (const one of listOf(content)) checkAttribute(one);
  if (type === 'M') for (const one of Object.values<object>(Object(content))) checkAttribute(one);
  if (!TYPES.includes(type))
    throw new TableError('ValidationException', `${type} is no type of an attribute value`);
}

/** The text of a string value; undefined for other types. */
export function textOf(value: object | undefined): string | undefined {
  const content: unknown = value !== undefined && 'S' in value ? value.S : undefined;
  return typeof content === 'string' ? content : undefined;
}

/** Runs for every value of every write, so it makes no lists. */
export function typed(value: object): readonly [type: string, content: unknown] {
  let found: readonly [string, unknown] | undefined;
  for (const type in value) {
    const content: unknown = Reflect.get(value, type);
    if (content === undefined) continue;
    if (found !== undefined) throw new TableError('ValidationException', ONE_TYPE);
    found = [type, content];
  }
  if (found === undefined) throw new TableError('ValidationException', ONE_TYPE);
  return found;
}

const ONE_TYPE = 'an attribute value has exactly one type';

/** Below, equal to or above 0; undefined if the two have different types, which cannot be compared. */
export function compare(one: object, other: object): number | undefined {
  const [type, content] = typed(one);
  const [otherType, otherContent] = typed(other);
  if (type !== otherType) return undefined;
  if (type === 'S') return compareText(String(content), String(otherContent));
  if (type === 'N') return compareNumbers(String(content), String(otherContent));
  if (type === 'B') return Buffer.compare(bytesOf(content), bytesOf(otherContent));
  return JSON.stringify(content) === JSON.stringify(otherContent) ? 0 : undefined;
}

/** Orders text by its UTF-8 bytes, as DynamoDB and SQLite do. JavaScript's own order differs above U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (isPlain(a) && isPlain(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isPlain(text: string): boolean {
  return !/[\uD800-\uFFFF]/.test(text);
}

/** Numbers may have 38 digits, more than a double holds, so they are compared as big integers. */
function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  const [one, other] = [scaled(a), scaled(b)];
  const shift = Math.min(one.exponent, other.exponent);
  const left = one.digits * 10n ** BigInt(one.exponent - shift);
  const right = other.digits * 10n ** BigInt(other.exponent - shift);
  return left < right ? -1 : left > right ? 1 : 0;
}

function scaled(text: string): { digits: bigint; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(`${whole}${fraction}`), exponent: Number(exponent) - fraction.length };
}

function isNumber(content: unknown): boolean {
  if (typeof content !== 'string' || !/^-?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/.test(content)) return false;
  return digitsOf(content).length <= NUMBER_DIGITS_MAX;
}

/** The significant digits. */
function digitsOf(number: string): string {
  const digits = number.replace(/[eE].*$/, '').replace(/[-.]/g, '');
  return digits.replace(/^0+/, '').replace(/0+$/, '');
}

function bytesOf(content: unknown): Uint8Array {
  return content instanceof Uint8Array ? content : Buffer.from(String(content), 'base64');
}

function setOf(content: unknown): readonly unknown[] {
  return content instanceof Set ? [...content] : Array.isArray(content) ? content : [];
}

function listOf(content: unknown): readonly object[] {
  return Array.isArray(content) ? content : [];
}
