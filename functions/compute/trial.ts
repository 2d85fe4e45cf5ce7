/**
 * Trials: a group that was delivered before is folded in a process of its own, under a mark in the table. Most hostile
 * computes end only that process. If one ends the whole function, the mark stays, and the next invocation knows which group
 * was on trial. It tries the other groups first (turns.ts), and fewer readings of that group at a time, down to one. If the
 * function ends twice at the same single reading, that reading is set aside.
 *
 * The mark is written before the trial and describes it, in case the function ends. After the trial it is removed. Only
 * redeliveries pay for it.
 *
 * SQS may deliver a message twice at once, so a mark may belong to a trial that still runs. The mark holds the time until
 * which this is possible. Until then no other invocation tries the key.
 *
 * Another cause may end the function during a trial. If that happens three times in a row, the reading is set aside too:
 * it is in the dead-letter queue and not lost.
 */
import { GiveBackError } from '../errors.ts';
import { TIMEOUT_MARGIN_MS } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import { type Fold, type FoldApart, fold } from './fold.ts';
import type { FoldInput } from './fold-input.ts';
import { INITIAL_PLACE, whoRunsAt } from './initial.ts';

export interface Trial {
  /** Trials in a row that the function did not survive. */
  readonly deaths: number;
  /** The single reading of the last of these trials: `receipt:index`, `initial:0` or `migrate:0`; '' if it had several. */
  readonly place: string;
  /** How many of the last crashes happened at that reading. */
  readonly deathsAtPlace: number;
  /** Its last trial was not done in its share of the time. */
  readonly slow: boolean;
  /** The receipt of the last message in the first trial that ended the function. The mark holds until that message is dealt with. */
  readonly upTo: string;
  /** Until when the trial may run, by the clock of the function that wrote the mark (epoch ms); 0 when it is over. */
  readonly until: number;
}

/** One mark for each key. It is kept for a time that depends on `sentAt` of its newest message (epoch ms, SQS's clock). */
export interface TrialStore {
  /** Strongly consistent. */
  load(key: string): Promise<Trial | undefined>;
  note(key: string, trial: Trial, sentAt: number): Promise<void>;
  clear(key: string): Promise<void>;
}

/** A key on trial in this invocation, until that time; `trial` is what the table says of it, but for a trial that is going on. */
export interface Suspect {
  readonly until: number;
  trial: Trial | undefined;
}

export interface TrialPorts {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly trials: TrialStore;
  readonly foldApart: FoldApart;
}

const UNTRIED: Trial = { deaths: 0, place: '', deathsAtPlace: 0, slow: false, upTo: '', until: 0 };
/**
 * How many readings are tried at once, by the number of earlier crashes: a thousand readings take about thirty trials
 * twice, not a thousand.
 */
const READINGS_AT_ONCE = [Number.POSITIVE_INFINITY, 32, 1] as const;
const DEATHS_OF_THE_GUILTY = 3;
const DEATHS_AT_PLACE_OF_THE_GUILTY = 2;
/** With less time than this a trial proves nothing. */
const TRIAL_MS_MIN = 1_000;

/** Whether the mark is out of date when these messages are dealt with (their receipts). */
export function isOver({ deaths, upTo }: Trial, receipts: readonly string[]): boolean {
  return deaths === 0 || upTo === '' || receipts.includes(upTo);
}

/** Whether the mark names one reading that is not to be tried again. */
export function isGuilty({ deaths, deathsAtPlace }: Trial): boolean {
  return deaths >= DEATHS_OF_THE_GUILTY && deathsAtPlace >= DEATHS_AT_PLACE_OF_THE_GUILTY;
}

/** A time beyond every invocation comes from a wrong clock. */
function mayGoOn({ until }: Trial, { limits }: Pipeline, clock: Clock): boolean {
  const leftMs = until - clock.now();
  return leftMs > 0 && leftMs <= limits.computeTimeoutMs + TIMEOUT_MARGIN_MS;
}

export async function foldOnTrial(input: FoldInput, suspect: Suspect, ports: TrialPorts): Promise<Fold> {
  const { pipeline, clock } = ports;
  const { deaths, place, deathsAtPlace } = suspect.trial ?? UNTRIED;
  const readingsMax = READINGS_AT_ONCE[Math.min(deaths, 2)] ?? 1;
  const some = { ...input, readingsMax };
  const places = placesOf(some, pipeline, clock);
  // Nothing of the user's will run: a repeat, a message to be parked, a word.
  if (places.length === 0) return fold(pipeline, clock, some);
  // Only initial would: it is left for when there is something to compute.
  if (places.every((each) => each === INITIAL_PLACE))
    return fold(pipeline, clock, { ...some, condemned: new Map([[INITIAL_PLACE, 'it was not called']]) });
  if (suspect.trial !== undefined && mayGoOn(suspect.trial, pipeline, clock))
    throw new GiveBackError('another invocation may be trying this key');
  if (suspect.trial !== undefined && isGuilty(suspect.trial) && places.includes(place)) {
    const reason = `${whoRunsAt(place)} ended the whole function in ${deathsAtPlace} trials in a row`;
    const condemned = new Map(input.condemned).set(place, reason);
    // Without a state nothing is computed, so all that came shares the verdict at once.
    const verdict = whoRunsAt(place) === 'compute' ? some : input;
    return tryUnderMark({ ...verdict, condemned }, '', suspect, ports, 1);
  }
  const [first = ''] = places;
  if (readingsMax === 1 && places.length > 1 && place !== places[1]) {
    // A key that has not begun, or is to be migrated: initial or migrate is tried by itself, so that the reading is not held
    // guilty for it. Where the mark names the reading, they were tried before.
    await tryUnderMark({ ...some, arrivals: [], parked: [] }, first, suspect, ports, deaths);
  }
  const only = places.length === 1 || readingsMax === 1 ? places.at(-1) : undefined;
  return tryUnderMark(some, only ?? '', suspect, ports, deaths);
}

/** `deathsAfter`: what the mark says of the trials before, once this one is over. */
async function tryUnderMark(
  input: FoldInput,
  place: string,
  suspect: Suspect,
  { trials, foldApart, clock }: TrialPorts,
  deathsAfter: number,
): Promise<Fold> {
  const { key, parked, arrivals } = input;
  const before = suspect.trial ?? UNTRIED;
  const sentAt = Math.max(...[...parked, ...arrivals].map((arrival) => arrival.sentAt), 0);
  const shareMs = suspect.until - clock.now();
  if (shareMs < TRIAL_MS_MIN) throw new GiveBackError('no time left in this invocation');
  const until = Math.ceil(suspect.until + TIMEOUT_MARGIN_MS);
  await trials.note(key, ifTheFunctionEnds(before, place, until, arrivals.at(-1)?.receipt), sentAt);
  const settle = async (slow: boolean): Promise<void> => {
    const after = { ...UNTRIED, deaths: deathsAfter, slow, upTo: deathsAfter > 0 ? before.upTo : '' };
    suspect.trial = deathsAfter > 0 || slow ? after : undefined;
    await (suspect.trial === undefined ? trials.clear(key) : trials.note(key, after, sentAt));
  };
  let folded: Fold;
  try {
    folded = await foldApart(input, shareMs);
  } catch (error) {
    await settle(true);
    throw error;
  }
  await settle(false);
  return folded;
}

function ifTheFunctionEnds(before: Trial, place: string, until: number, last = ''): Trial {
  const again = place !== '' && place === before.place;
  return {
    deaths: before.deaths + 1,
    place,
    deathsAtPlace: again ? before.deathsAtPlace + 1 : Number(place !== ''),
    slow: before.slow,
    upTo: before.deaths === 0 ? last : before.upTo,
    until,
  };
}

/** What the fold will take up, in order; found without a call of the user's code. */
function placesOf(input: FoldInput, pipeline: Pipeline, clock: Clock): string[] {
  const places: string[] = [];
  const { version } = pipeline.state;
  const migrate = Object.fromEntries(Array.from({ length: version }, (_, from) => [from, () => null]));
  const idle = {
    ...pipeline,
    state: { version, migrate },
    initial: () => null,
    compute: () => null,
    merge: pipeline.merge && (() => null),
    wake: () => null,
  };
  fold(idle, clock, input, (receipt, index) => places.push(`${receipt}:${index}`));
  return places;
}
