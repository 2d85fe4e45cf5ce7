/** Shortens keys and places in reasons. A reason has a limited length, and the problem must still fit after the name. */

const QUOTED_MAX = 80;
const NAME_MAX = 40;
const PLACE_MAX = 160;

/** A key or an id in quotes for an error: whole, or its beginning and end. */
export function quoted(text: string): string {
  return shorten(JSON.stringify(text), QUOTED_MAX);
}

/** A place in a value: `.lines[3].amount`; '' for the value itself. */
export function placeOf(path: readonly PropertyKey[]): string {
  const steps = path.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${shorten(String(step), NAME_MAX)}`,
  );
  return shorten(steps.join(''), PLACE_MAX);
}

function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = Math.floor(max / 4);
  return `${text.slice(0, max - tail - 1)}…${text.slice(-tail)}`.toWellFormed();
}
