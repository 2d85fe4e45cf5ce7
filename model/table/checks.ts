/** Refuses what DynamoDB refuses before it looks at the table. */
import { checkAttribute, ITEM_BYTES_MAX, sizeOfItem, textOf } from './attribute.ts';
import type { Substitutes } from './condition.ts';
import type { Item } from './item.ts';
import { TableError } from './table-error.ts';

/** DynamoDB refuses names and values that no expression refers to, and expressions that refer to others. */
export function checkSubstitutes(
  { names = {}, values = {} }: Substitutes,
  refers: ReadonlySet<string>,
): void {
  for (const name of refers) {
    if (name.startsWith(':') && values[name] === undefined) throw invalid(`no value is given for ${name}`);
    if (name.startsWith('#') && names[name] === undefined) throw invalid(`no name is given for ${name}`);
  }
  const unused = [...Object.keys(names), ...Object.keys(values)].filter((name) => !refers.has(name));
  if (unused.length > 0) throw invalid(`given but unused in expressions: ${unused.join(', ')}`);
}

export function checkItem(item: Item): void {
  for (const value of Object.values(item)) checkAttribute(value);
  if (sizeOfItem(item) > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size');
}

export function keyText(item: Item, name: string, bytesMax: number): string {
  const value = textOf(item[name]);
  if (value === undefined) throw invalid(`the key ${name} is missing or is no string`);
  const bytes = Buffer.byteLength(value);
  if (bytes === 0 || bytes > bytesMax) throw invalid(`the key ${name} has ${bytes} bytes: 1 to ${bytesMax}`);
  return value;
}

export function invalid(message: string): TableError {
  return new TableError('ValidationException', message);
}
