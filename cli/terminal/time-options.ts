/** Durations and times as users write them on a command line. */
import { UsageError } from './options.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m`, `1h`, `1h30m`, `2d`; undefined if the option was not given. */
export function lengthOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = /^(?:\d{1,6}[smhd])+$/.test(text) ? [...text.matchAll(/(\d+)([smhd])/g)] : [];
  const ms = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? 0), 0);
  if (ms > 0) return ms;
  throw new UsageError(`--${name} ${text}: give a length such as 90m, 1h30m or 2d`);
}

/** A time with its zone, so that it does not depend on where the command runs. Epoch ms. */
export function timeOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isFull = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isFull ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `--${name} ${text}: give a time with its zone, such as 2026-12-01T06:00Z or 2026-12-01T07:00+01:00`,
  );
}
