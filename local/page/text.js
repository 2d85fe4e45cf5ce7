/**
 * Makes foreign text safe to show, and formats numbers for people. Mirrors local/report/{printable,units}.ts.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu;

/** Invisible characters and those that change the direction of writing become \u{...}. Markup stays text. */
export function printable(text, { keepLines = false } = {}) {
  return String(text).replace(INVISIBLE, (character) =>
    keepLines && (character === '\n' || character === '\t')
      ? character
      : `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

export function cut(text, length) {
  const shown = printable(text);
  return shown.length > length ? `${shown.slice(0, length - 1)}…` : shown;
}

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function formatCount(count) {
  return counts.format(count);
}

export function formatCountOf(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatDuration(ms) {
  if (ms === 0) return '0 s';
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 119_950) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

export function formatUsd(usd) {
  return usd.toFixed(6);
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

export function formatTime(epochMs) {
  return epochMs === undefined ? '' : clock.format(epochMs);
}

/** Indented JSON; unchanged if it is truncated or not JSON. */
export function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
