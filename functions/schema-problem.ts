/**
 * Describes why a schema refused a value, without the value: its place, its kind, and the rule that it broke. Schema libraries
 * quote values in their messages ("must be less than 10 (was 4111111111111111)"), so these messages are shown only if the
 * pipeline asks for them.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { kindOf } from './kind-of.ts';
import { placeOf } from './shorten.ts';

/** What a reason says about a request that does not fit its schema: place, kind and rule, or the library's message. */
export type SchemaMessages = 'hidden' | 'shown';

type Issue = StandardSchemaV1.Issue;

const ISSUES_MAX = 5;

/** Stands for a value that is not available. Then only places and rules are reported. */
export const UNKNOWN = Symbol('unknown');

export function schemaProblem(
  issues: readonly Issue[],
  value: unknown,
  messages: SchemaMessages = 'hidden',
): string {
  const told = issues.slice(0, ISSUES_MAX).map((issue) => {
    // A library's path may be a subclass of Array whose `map` returns that subclass.
    const path = Array.from(issue.path ?? [], (step) => (typeof step === 'object' ? step.key : step));
    if (messages === 'shown') return `${placeOf(path)}${path.length === 0 ? '' : ': '}${issue.message}`;
    return `${placeOf(path) || 'it'} ${value === UNKNOWN ? 'does not fit' : kindAt(value, path)}${ruleOf(issue)}`;
  });
  const more = issues.length - told.length;
  return [...new Set(told), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** The issues of an error that a schema library throws: `issues` in zod and valibot, `arkErrors` in arktype. */
export function issuesOf(error: object): Issue[] | undefined {
  const issues: unknown = Reflect.get(error, 'issues') ?? Reflect.get(error, 'arkErrors');
  if (!Array.isArray(issues) || issues.length === 0) return undefined;
  const sound = issues.every((issue) => typeof issue === 'object' && issue !== null && 'message' in issue);
  return sound ? Array.from(issues) : undefined;
}

function kindAt(value: unknown, path: readonly PropertyKey[]): string {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return 'is missing';
    found = Reflect.get(found, step);
  }
  return `is ${kindOf(found)}`;
}

function ruleOf(issue: Issue): string {
  const words: unknown[] = [Reflect.get(issue, 'code'), Reflect.get(issue, 'type')];
  const word = words.find((name) => RULES.has(name));
  return word === undefined ? '' : ` (rule: ${word})`;
}

/** The codes that the libraries themselves use. A schema may make other codes, which could contain values. */
const RULES: ReadonlySet<unknown> = new Set([
  // zod: https://zod.dev/error-customization
  'invalid_type',
  'too_big',
  'too_small',
  'invalid_format',
  'not_multiple_of',
  'unrecognized_keys',
  'invalid_union',
  'invalid_key',
  'invalid_element',
  'invalid_value',
  'invalid_string',
  'invalid_date',
  'invalid_literal',
  'invalid_enum_value',
  'invalid_union_discriminator',
  'custom',
  // arktype
  'domain',
  'proto',
  'required',
  'unit',
  'min',
  'max',
  'minLength',
  'maxLength',
  'exactLength',
  'divisor',
  'pattern',
  'predicate',
  'before',
  'after',
  'union',
  'intersection',
  // valibot: https://valibot.dev/api/
  'string',
  'number',
  'boolean',
  'array',
  'object',
  'strict_object',
  'loose_object',
  'object_with_rest',
  'tuple',
  'strict_tuple',
  'loose_tuple',
  'tuple_with_rest',
  'record',
  'null',
  'literal',
  'picklist',
  'enum',
  'variant',
  'intersect',
  'never',
  'instance',
  'date',
  'bigint',
  'nan',
  'undefined',
  'map',
  'set',
  'value',
  'values',
  'not_value',
  'not_values',
  'min_value',
  'max_value',
  'gt_value',
  'lt_value',
  'length',
  'not_length',
  'min_length',
  'max_length',
  'non_empty',
  'empty',
  'bytes',
  'min_bytes',
  'max_bytes',
  'min_entries',
  'max_entries',
  'includes',
  'excludes',
  'starts_with',
  'ends_with',
  'regex',
  'multiple_of',
  'integer',
  'safe_integer',
  'finite',
  'digits',
  'decimal',
  'hexadecimal',
  'base64',
  'email',
  'rfc_email',
  'url',
  'uuid',
  'ulid',
  'nanoid',
  'cuid2',
  'slug',
  'ip',
  'ipv4',
  'ipv6',
  'mac',
  'iso_date',
  'iso_date_time',
  'iso_time',
  'iso_time_second',
  'iso_timestamp',
  'iso_week',
  'check',
  'check_items',
  'every_item',
  'some_item',
  'raw_check',
  'partial_check',
  'custom',
  'non_nullable',
  'non_nullish',
  'non_optional',
  'parse_json',
]);
