/** Lengths of time as text in the options of a pipeline or stack: `5 minutes`, `1 hour`, `2 days`. */

type Unit = 'minute' | 'hour' | 'day';
export type Duration = `${number} ${Unit}` | `${number} ${Unit}s`;

export interface Length {
  readonly count: number;
  readonly unit: string;
  readonly ms: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Undefined if the text is not a duration. */
export function parseDuration(text: unknown): Length | undefined {
  const [, digits = '', unit = ''] =
    (typeof text === 'string' && /^(\d{1,6}) (minute|hour|day)s?$/.exec(text)) || [];
  const count = Number(digits);
  return unit === '' ? undefined : { count, unit, ms: count * (UNITS_MS[unit] ?? 0) };
}
