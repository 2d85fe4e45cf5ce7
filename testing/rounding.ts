/** Whether two states differ only by the rounding of fractions. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../functions/json.ts';

const ROUNDING = 1e-9;

export function isRounding(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number')
    return Math.abs(one - other) <= ROUNDING * Math.max(Math.abs(one), Math.abs(other));
  if (isRecord(one) && isRecord(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => isRounding(one[name], other[name]));
  }
  return isDeepStrictEqual(one, other);
}
