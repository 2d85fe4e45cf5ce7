/** The statistics of the report. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The smallest value that at least this share of the values does not exceed; for the median of an even count,
 * the mean of two.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) throw new Error('no values to take a quantile of');
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  const value = sorted[at] ?? Number.NaN;
  if (share !== 0.5 || sorted.length % 2 === 1) return value;
  return (value + (sorted[at + 1] ?? value)) / 2;
}
