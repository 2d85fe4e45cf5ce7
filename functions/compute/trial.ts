/**
 * Trials: a redelivered group is folded in a separate process, under a mark in the table. Most computes that crash end only
 * that process. If one ends the whole function, the mark stays, and the next invocation knows which group was on trial. It
 * tries the other groups first (turns.ts), and fewer readings of that group at a time, down to one. If the function ends
 * twice at the same single reading, that reading is set aside.
 *
 * The mark is written before the trial and removed after it. Only redeliveries cost these writes.
 *
 * SQS may deliver a message twice at once, so a mark may belong to a trial that still runs. The mark has the time at which
 * that trial must have ended. Until then no other invocation tries the key.
 *
 * Something else may end the function during a trial. If that happens three times in a row, the reading is set aside too:
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
  /** Number of trials in a row that ended the function. */
  readonly deaths: number;
  /** The single reading of the last of these trials: `receipt:index`, `initial:0` or `migrate:0`; '' if it had several. */
  readonly place: string;
  /** How many of these trials in a row were of that reading. */
  readonly deathsAtPlace: number;
  /** Whether the last trial did not finish in its share of the time. */
  readonly slow: boolean;
  /** The receipt of the last message in the first trial that ended the function. The mark stays until that is handled. */
  readonly upTo: string;
  /** When the trial must have ended, by the clock of the function that wrote the mark (epoch ms); 0 after the trial. */
  readonly until: number;
}

/** One mark per key. It expires some time after `sentAt`, the send time of the newest message (epoch ms, SQS's clock). */
export interface TrialStore {
  /** Strongly consistent. */
  load(key: string): Promise<Trial | undefined>;
  note(key: string, trial: Trial, sentAt: number): Promise<void>;
  clear(key: string): Promise<void>;
}

/** A key on trial, which may take until `until` (epoch ms). `trial` is its mark in the table, except while a trial runs. */
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
 * How many readings are tried at once, by the number of deaths before. Among a thousand readings, at most 32 trials find the
 * 32 that hold the reading at fault, and at most 32 more find that reading.
 */
const READINGS_AT_ONCE = [Number.POSITIVE_INFINITY, 32, 1] as const;
const DEATHS_OF_THE_GUILTY = 3;
const DEATHS_AT_PLACE_OF_THE_GUILTY = 2;
/** A shorter trial proves nothing. */
const TRIAL_MS_MIN = 1_000;

/** Whether the mark is no longer needed once the messages with these receipts are handled. */
export function isOver({ deaths, upTo }: Trial, receipts: readonly string[]): boolean {
  return deaths === 0 || upTo === '' || receipts.includes(upTo);
}

/** Whether the mark names a reading that must not be tried again. */
export function isGuilty({ deaths, deathsAtPlace }: Trial): boolean {
  return deaths >= DEATHS_OF_THE_GUILTY && deathsAtPlace >= DEATHS_AT_PLACE_OF_THE_GUILTY;
}

/** Whether the marked trial may still run. A time later than any invocation can last comes from a wrong clock. */
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
  // No user code will run: the messages are repeats, are to be parked, or are commands.
  if (places.length === 0) return fold(pipeline, clock, some);
  // Only initial would run. It is not needed until there is a reading to compute.
  if (places.every((each) => each === INITIAL_PLACE))
    return fold(pipeline, clock, { ...some, condemned: new Map([[INITIAL_PLACE, 'it was not called']]) });
  if (suspect.trial !== undefined && mayGoOn(suspect.trial, pipeline, clock))
    throw new GiveBackError('another invocation may be trying this key');
  if (suspect.trial !== undefined && isGuilty(suspect.trial) && places.includes(place)) {
    const reason = `${whoRunsAt(place)} ended the whole function in ${deathsAtPlace} trials in a row`;
    const condemned = new Map(input.condemned).set(place, reason);
    // Without a state no reading is computed, so the verdict applies to all arrivals at once.
    const verdict = whoRunsAt(place) === 'compute' ? some : input;
    return tryUnderMark({ ...verdict, condemned }, '', suspect, ports, 1);
  }
  const [first = ''] = places;
  if (readingsMax === 1 && places.length > 1 && place !== places[1]) {
    // The key needs initial or migrate. That is tried alone, so that it is not blamed on the reading. If the mark names the
    // reading, it was tried before.
    await tryUnderMark({ ...some, arrivals: [], parked: [] }, first, suspect, ports, deaths);
  }
  const only = places.length === 1 || readingsMax === 1 ? places.at(-1) : undefined;
  return tryUnderMark(some, only ?? '', suspect, ports, deaths);
}

/** `deathsAfter`: the number of deaths that the mark keeps after this trial. */
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

/** The places that the fold will take up, in order. Does not call the user's code. */
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
