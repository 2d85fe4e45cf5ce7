/**
 * Parses key conditions: equality of the partition key, and for the sort key a comparison, BETWEEN or begins_with.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
 */
import { textOf } from './attribute.ts';
import type { Substitutes } from './condition.ts';
import type { Range, TableKeys } from './rows.ts';
import { TableError } from './table-error.ts';

export function keyRange(
  text: string,
  { names = {}, values = {} }: Substitutes,
  keys: TableKeys,
  used: Set<string>,
): Pick<Range, 'pk' | 'first' | 'last'> {
  const found = SHAPE.exec(text.trim());
  const {
    pk = '',
    pkValue = '',
    sk,
    operator,
    value = '',
    low,
    high = '',
    prefixed,
    prefix = '',
  } = found?.groups ?? {};
  const nameOf = (name: string): string => {
    if (name.startsWith('#')) used.add(name);
    return name.startsWith('#') ? (names[name] ?? '') : name;
  };
  const boundOf = (name: string): string => {
    used.add(name);
    return textOf(values[name]) ?? refuse(text, `${name} is no string`);
  };
  const sortName = sk ?? prefixed;
  if (found === null || nameOf(pk) !== keys.partition)
    return refuse(text, `${keys.partition} = :value first`);
  if (sortName !== undefined && nameOf(sortName) !== keys.sort)
    return refuse(text, `${sortName} is no sort key`);
  const partition = boundOf(pkValue);
  if (prefixed !== undefined) {
    const begin = boundOf(prefix);
    return { pk: partition, first: begin, last: `${begin}\u{10FFFF}` };
  }
  if (low !== undefined) return { pk: partition, first: boundOf(low), last: boundOf(high) };
  if (operator === undefined) return { pk: partition, first: '', last: undefined };
  const bound = boundOf(value);
  if (operator === '=') return { pk: partition, first: bound, last: bound };
  if (operator === '>=') return { pk: partition, first: bound, last: undefined };
  if (operator === '<=') return { pk: partition, first: '', last: bound };
  return refuse(text, `the embedded table does not support ${operator} on a sort key`);
}

const NAME = '#?\\w+';
const SHAPE = new RegExp(
  `^(?<pk>${NAME}) = (?<pkValue>:\\w+)(?: AND (?:(?<sk>${NAME}) (?:(?<operator>[<>]=?|=) (?<value>:\\w+)` +
    `|BETWEEN (?<low>:\\w+) AND (?<high>:\\w+))|begins_with\\s*\\((?<prefixed>${NAME}), ?(?<prefix>:\\w+)\\)))?$`,
);

function refuse(text: string, problem: string): never {
  throw new TableError('ValidationException', `Invalid KeyConditionExpression "${text}": ${problem}`);
}
