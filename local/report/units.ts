/** Formats numbers for people: with units, thousands separators and only as many digits as are meaningful. */
const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function formatCount(count: number): string {
  return counts.format(count);
}

/** "1 key", "2 keys". */
export function formatCountOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatRatio(ratio: number): string {
  return ratio >= 99.5 ? formatCount(ratio) : ratio.toPrecision(ratio < 0.995 ? 2 : 3);
}

export function formatDuration(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 119_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${counts.format(Math.floor(seconds / 3600))} h ${pad(Math.floor(seconds / 60) % 60)} min`;
}

export interface Tick {
  readonly ms: number;
  readonly label: string;
}

/**
 * Marks for a time axis from 0 to `spanMs`: at most `ticksMax` after the first, at round times in one unit.
 */
export function timeTicks(spanMs: number, ticksMax: number): Tick[] {
  const stepMs = STEPS_MS.find((step) => spanMs / step <= ticksMax) ?? roundStep(spanMs / ticksMax);
  const unit = UNITS.find(({ fromMs }) => spanMs >= fromMs) ?? { ms: 1, name: 'ms' };
  const ticks: Tick[] = [];
  for (let ms = 0; ms <= spanMs * (1 + 1e-9); ms += stepMs) {
    ticks.push({ ms, label: `${Number((ms / unit.ms).toFixed(2))} ${unit.name}` });
  }
  return ticks;
}

const UNITS = [
  { fromMs: 7_200_000, ms: 3_600_000, name: 'h' },
  { fromMs: 300_000, ms: 60_000, name: 'min' },
  { fromMs: 1_000, ms: 1_000, name: 's' },
];
const STEPS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600].map((seconds) => seconds * 1000),
);

function roundStep(ms: number): number {
  return Math.ceil(ms / 3_600_000) * 3_600_000;
}

function pad(count: number): string {
  return String(count).padStart(2, '0');
}
