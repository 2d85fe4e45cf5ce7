/**
 * Reads fields of an unknown request: each is present and of the right type, or refused as SQS refuses it.
 */
import { isRecord } from '../../../functions/json.ts';
import { missing } from '../../../model/queue/check-message.ts';
import { SqsError } from '../../../model/queue/sqs-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, what: string): Fields {
  return isRecord(value) ? value : wrongType(what, 'a structure');
}

export function text(fields: Fields, name: string): string {
  return optionalText(fields, name) ?? missing(name);
}

export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  return value === undefined || typeof value === 'string' ? value : wrongType(name, 'a string');
}

/** A whole number, from 0 up to the bound. */
export function optionalCount(fields: Fields, name: string, max: number): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(name, 'an integer');
  if (value >= 0 && value <= max) return value;
  throw new SqsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be >= 0 and <= ${max}, if provided.`,
  );
}

/** SQS counts in seconds, the model in milliseconds. */
export function optionalSeconds(fields: Fields, name: string, max: number): number | undefined {
  const seconds = optionalCount(fields, name, max);
  return seconds === undefined ? undefined : seconds * 1000;
}

export function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  return Array.isArray(value) ? value : wrongType(name, 'a list');
}

export function texts(fields: Fields, name: string): string[] {
  return list(fields, name).map((value) =>
    typeof value === 'string' ? value : wrongType(name, 'a list of strings'),
  );
}

function wrongType(name: string, type: string): never {
  throw new SqsError('SerializationException', `${name} must be ${type}`);
}
