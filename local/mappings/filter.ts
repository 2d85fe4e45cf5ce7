/**
 * Filter patterns of event source mappings: exact values, `prefix` and `exists`, nested like the record. A
 * pattern with anything else is an error, because a filter that silently lets everything or nothing through
 * would look like a bug somewhere else.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
import { isRecord } from '../../functions/json.ts';

export type Filter = (record: unknown) => boolean;

/** A record passes when one of the patterns matches; without patterns every record passes. */
export function compileFilters(patterns: readonly unknown[]): Filter {
  const filters = patterns.map((pattern, index) => compileObject(pattern, `filter ${index + 1}`));
  return (record) => filters.length === 0 || filters.some((filter) => filter(record));
}

function compileObject(pattern: unknown, where: string): Filter {
  if (!isRecord(pattern)) throw new Error(`${where}: a pattern is an object, got ${JSON.stringify(pattern)}`);
  const fields = Object.entries(pattern).map(([name, rule]) => {
    const path = `${where}.${name}`;
    if (name.startsWith('$')) throw new Error(`${path}: the local run does not know this operator`);
    return { name, filter: Array.isArray(rule) ? compileRules(rule, path) : compileObject(rule, path) };
  });
  return (value) =>
    fields.every(({ name, filter }) =>
      filter(isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    );
}

function compileRules(rules: readonly unknown[], where: string): Filter {
  const filters = rules.map((rule) => (isRecord(rule) ? compileOperator(rule, where) : isExactly(rule)));
  return (value) => filters.some((filter) => filter(value));
}

function compileOperator(rule: Record<string, unknown>, where: string): Filter {
  const [entry, ...others] = Object.entries(rule);
  if (entry !== undefined && others.length === 0) {
    const [operator, operand] = entry;
    if (operator === 'prefix' && typeof operand === 'string') {
      return anyOf((value) => typeof value === 'string' && value.startsWith(operand));
    }
    if (operator === 'exists' && typeof operand === 'boolean') {
      // In a pattern, `exists` applies to leaves only: an object does not exist.
      return (value) => (value !== undefined && !isRecord(value)) === operand;
    }
  }
  throw new Error(`${where}: the local run does not know the filter rule ${JSON.stringify(rule)}`);
}

function isExactly(expected: unknown): Filter {
  return anyOf((value) => value === expected);
}

/** A list in the record matches when one of its elements does. */
function anyOf(test: Filter): Filter {
  return (value) => (Array.isArray(value) ? value.some(test) : test(value));
}
