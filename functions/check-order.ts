/** Checks the options about the order of readings: which go together, and their lengths of time. */
import { parseDuration } from './duration.ts';
import { isRecord } from './json.ts';
import { kindOf } from './kind-of.ts';

type Given = Readonly<Record<string, unknown>>;

const MINUTE_MS = 60_000;
/** Receipts last 70 days. A request that comes after a longer wait could look new. */
const WAIT_MS_MAX = 60 * 24 * 3_600_000;

/** Options that belong to the other order are refused, because they would silently have no effect. */
export function* orderProblems(definition: Given): Generator<string> {
  const { order = 'arrival', sequence, gap, startsAt } = definition;
  const given = (name: string) => definition[name] !== undefined;
  if (order === 'request') {
    if (given('key'))
      yield 'key goes with order "arrival": in order "request" all readings of a request have its requestKey';
    if (sequence === undefined)
      yield 'sequence is missing: order "request" needs the place of each request, 1, 2, 3 ...';
    yield* gapProblems(gap);
    yield* startProblems(startsAt);
  }
  if (order === 'arrival') {
    for (const name of ['sequence', 'requestKey', 'gap', 'startsAt', 'follows'].filter(given)) {
      const instead = name === 'requestKey' ? ', or use key' : '';
      yield `${name} goes with order "request", and the order is "arrival": add order: 'request'${instead}`;
    }
  }
}

function* gapProblems(gap: unknown): Generator<string> {
  if (gap === undefined || gap === 'skip' || gap === 'wait') return;
  if (!isRecord(gap) || Object.keys(gap).join() !== 'skipAfter') {
    yield `gap is ${shown(gap)}: use "skip", "wait" or { skipAfter: '1 hour' }`;
    return;
  }
  yield* waitProblems('gap.skipAfter', gap['skipAfter']);
}

function* startProblems(startsAt: unknown): Generator<string> {
  if (startsAt === undefined || kindOf(startsAt) === 'a function') return;
  if (typeof startsAt === 'number') {
    if (!isPlace(startsAt)) yield `startsAt is ${startsAt}: the places of a key are 1, 2, 3 ...`;
  } else if (!isRecord(startsAt) || Object.keys(startsAt).join() !== 'firstAfter') {
    yield `startsAt is ${shown(startsAt)}: use a number, a synchronous function of the key or { firstAfter: '10 minutes' }`;
  } else yield* waitProblems('startsAt.firstAfter', startsAt['firstAfter']);
}

function* waitProblems(name: string, text: unknown): Generator<string> {
  const ms = parseDuration(text)?.ms ?? 0;
  if (ms >= MINUTE_MS && ms <= WAIT_MS_MAX) return;
  yield `${name} is ${shown(text)}: use a time from '1 minute' to '60 days', such as '1 hour'`;
}

/** A place in the order of a key. */
export function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

const SHOWN_LENGTH_MAX = 60;

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX)) : kindOf(value);
}
