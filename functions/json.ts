/**
 * Parses and encodes values. A value that passes comes back from its JSON text bit for bit. All other values are refused
 * with their path.
 */
import { jsonProblemOf, PermanentError } from './errors.ts';
import { keepNegativeZero } from './json-source.ts';
import { checkText, type Numbers } from './json-text.ts';
import { checkValue } from './json-value.ts';

/** The value as JSON text. `what` names the value in the error: "reading 3 of request r-17". */
export function encodeJson(value: unknown, what: string): string {
  const negativeZero = checkValue(value, what);
  // JSON.stringify writes -0 as 0. A replacer keeps it but is slow, so only values that contain -0 use it.
  const text = negativeZero ? JSON.stringify(value, keepNegativeZero) : JSON.stringify(value);
  return escapeNoncharacters(text);
}

/**
 * Parses a text. Refuses text that nests too deep, an object with a name twice and, unless numbers may be `rounded`, a number
 * that does not come back as the same decimal.
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
  checkValue(value, what);
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * SQS refuses U+FFFE and U+FFFF, which JSON.stringify does not escape. It does escape control characters and lone surrogates.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function escapeNoncharacters(text: string): string {
  return /[\uFFFE\uFFFF]/.test(text)
    ? text.replace(/\uFFFE/g, '\\ufffe').replace(/\uFFFF/g, '\\uffff')
    : text;
}
