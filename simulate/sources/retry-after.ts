/** The header Retry-After as sources send it: the truth, nothing, and lies. */

export const SAYINGS = [
  'nothing',
  'the truth',
  'whole seconds',
  'a date',
  'too little',
  'too much',
  'a negative time',
  'garbage',
  'a date in the past',
  'a year',
] as const;
export type Saying = (typeof SAYINGS)[number];

/** Values without a usable time, which count like a missing header. */
export const SAY_NOTHING = ['nothing', 'a negative time', 'garbage', 'a date in the past'] as const;
/** Values that are at most one second longer than the true wait. */
export const ROUND_UP = ['whole seconds', 'a date'] as const;

const HOUR_MS = 3_600_000;
const YEAR_SECONDS = 31_536_000;
/** Date.parse alone reads the first as the year 2049. */
const GARBAGE = ['wait 49', 'soon', 'NaN', '10 minutes', '1e3', ''] as const;

/** The text of the header; undefined: it is not sent. `truthMs`: ms until the source serves again. */
export function retryAfter(saying: Saying, truthMs: number, now: number): string | undefined {
  switch (saying) {
    case 'nothing':
      return undefined;
    case 'the truth':
      return String(truthMs / 1000);
    case 'whole seconds':
      return String(Math.ceil(truthMs / 1000));
    case 'a date':
      return new Date(Math.ceil((now + truthMs) / 1000) * 1000).toUTCString();
    case 'too little':
      return String((truthMs / 1000) * 0.1);
    case 'too much':
      return String((truthMs / 1000) * 4);
    case 'a negative time':
      return String(-1 - Math.ceil(truthMs / 1000));
    case 'garbage':
      return GARBAGE[Math.floor(now) % GARBAGE.length];
    case 'a date in the past':
      return new Date(now - HOUR_MS).toUTCString();
    case 'a year':
      return String(YEAR_SECONDS);
  }
}
