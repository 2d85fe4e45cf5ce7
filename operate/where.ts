/**
 * A condition on the state of a key, as an operator writes it: a path, a comparison and a JSON value.
 *
 *   count > 3        totals.net <= -0.5        lines[0].name = "a"        ["odd name"] != null        . >= 10
 *
 * `.` alone is the state itself. Values compare as in JSON: 3 is not "3", and only two numbers or two texts have an
 * order. If the path does not exist, no condition holds.
 */
import { isRecord } from '../functions/json.ts';
import { OperatorError } from '../model/operator-error.ts';

export type Where = (state: unknown) => boolean;

const OPERATORS: Readonly<Record<string, (found: Scalar, given: Scalar) => boolean>> = {
  '=': (found, given) => found === given,
  '!=': (found, given) => found !== given,
  '>': (found, given) => compare(found, given) > 0,
  '>=': (found, given) => compare(found, given) >= 0,
  '<': (found, given) => compare(found, given) < 0,
  '<=': (found, given) => compare(found, given) <= 0,
};

type Scalar = string | number | boolean | null;

const STEP = /\.?([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/uy;
const COMPARISON = /\s*(!=|>=|<=|==|=|>|<)\s*(.+)$/suy;

/** Throws an OperatorError that shows the form of a condition. */
export function parseWhere(text: string): Where {
  const trimmed = text.trim();
  const { path, rest } = parsePath(trimmed);
  COMPARISON.lastIndex = rest;
  const [, operator = '', value = ''] = COMPARISON.exec(trimmed) ?? [];
  const holds = OPERATORS[operator === '==' ? '=' : operator];
  if (holds === undefined) throw refused(text, 'it is no path, comparison and value');
  const given = parseScalar(text, value);
  if (/[<>]/.test(operator) && typeof given !== 'number' && typeof given !== 'string') {
    throw refused(text, `${value} has no order`);
  }
  return (state) => {
    const found = path.reduce<unknown>(stepInto, state);
    return isScalar(found) ? holds(found, given) : found !== undefined && operator === '!=';
  };
}

function parsePath(text: string): { path: (string | number)[]; rest: number } {
  const path: (string | number)[] = [];
  if (/^\.(?![\p{L}_$[])/u.test(text)) return { path, rest: 1 };
  let rest = 0;
  for (;;) {
    STEP.lastIndex = rest;
    const [step, name, index, quotedName] = STEP.exec(text) ?? [];
    // Two names need a dot between them.
    if (step === undefined || (rest > 0 && name !== undefined && !step.startsWith('.'))) break;
    path.push(name ?? (index === undefined ? String(JSON.parse(quotedName ?? '""')) : Number(index)));
    rest += step.length;
  }
  if (path.length === 0) throw refused(text, 'it begins with no path');
  return { path, rest };
}

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
  return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function parseScalar(text: string, value: string): Scalar {
  let given: unknown;
  try {
    given = JSON.parse(value);
  } catch {
    throw refused(text, `${value} is no JSON value; a text has double quotes`);
  }
  if (isScalar(given)) return given;
  throw refused(text, 'compare with a number, a text, true, false or null');
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Returns NaN for values without an order, so that no comparison holds. */
function compare(a: Scalar, b: Scalar): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'string' || typeof b !== 'string') return Number.NaN;
  return a < b ? -1 : a > b ? 1 : 0;
}

function refused(text: string, problem: string): OperatorError {
  return new OperatorError(
    `${JSON.stringify(text)}: ${problem}. Such as: count > 3, lines[0].name = "a", ["odd name"] != null; . is the state`,
  );
}
