/**
 * Attributes of items in DynamoDB's JSON, for stream events and for attributes that this build does not know. Binary values
 * are base64 text. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isRecord } from '../json.ts';

export type Item = Record<string, AttributeValue>;

/** Parses an item of a stream event. The error for an invalid attribute names the attribute, never its value. */
export function parseAttributes(value: unknown): Item {
  if (!isRecord(value)) return {};
  const pairs = Object.entries(value).map(([name, attribute]) => [name, parseAttribute(attribute, name)]);
  return Object.fromEntries(pairs);
}

export function attributesToText(item: Item): string {
  return Object.keys(item).length === 0 ? '' : JSON.stringify(item, binaryAsText);
}

export function textToAttributes(text: string): Item {
  return text === '' ? {} : parseAttributes(JSON.parse(text));
}

/** A replacer for JSON.stringify that encodes bytes as base64. */
export function binaryAsText(this: unknown, name: string, value: unknown): unknown {
  // JSON.stringify has converted a Buffer before it calls the replacer, so the original is looked up.
  const own = isRecord(this) || Array.isArray(this) ? Reflect.get(this, name) : undefined;
  return own instanceof Uint8Array ? Buffer.from(own).toString('base64') : value;
}

function parseAttribute(value: unknown, name: string): AttributeValue {
  const [entry] = isRecord(value) ? Object.entries(value) : [];
  const [type, content] = entry ?? [];
  if (type === 'S' && typeof content === 'string') return { S: content };
  if (type === 'N' && typeof content === 'string') return { N: content };
  if (type === 'B' && typeof content === 'string') return { B: Buffer.from(content, 'base64') };
  if (type === 'BOOL' && typeof content === 'boolean') return { BOOL: content };
  if (type === 'NULL') return { NULL: true };
  if (type === 'M' && isRecord(content)) return { M: parseAttributes(content) };
  if (type === 'L' && Array.isArray(content)) return { L: content.map((one) => parseAttribute(one, name)) };
  if (isTexts(content)) {
    if (type === 'SS') return { SS: content };
    if (type === 'NS') return { NS: content };
    if (type === 'BS') return { BS: content.map((one) => Buffer.from(one, 'base64')) };
  }
  throw new Error(`attribute ${name} of an item of the table has a type that DynamoDB does not have`);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
