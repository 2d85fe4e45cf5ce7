/**
 * The reference: the pipeline under test, written a second time and as simply as possible. It has no batches,
 * retries or versions, and processes the readings of a key one after another.
 *
 * The state reveals the order: it has a hash chain over the readings' ids, and the ids themselves, which tell
 * the oracle what was applied without asking the code under test.
 */
export type ReadingKind =
  | 'plain'
  | 'inPlace'
  | 'emits'
  | 'emitsMany'
  | 'skips'
  | 'slow'
  | 'throws'
  | 'throwsOddly'
  | 'promises'
  | 'returnsNothing'
  | 'makesNaN'
  | 'stateTooLarge'
  | 'outputsTooLarge'
  | 'kills'
  | 'hoards'
  | 'loops'
  | 'blocks';

/** Readings that end their process or never return. */
export const DEADLY: ReadonlySet<ReadingKind> = new Set(['kills', 'hoards', 'loops', 'blocks']);

export interface Reading {
  /** Number of its request, its place among that request's readings, and its content if reads differ. */
  readonly r: number;
  readonly s: number;
  readonly a: number;
  readonly k: string;
  readonly t: ReadingKind;
  readonly pad?: string;
}

export interface State {
  readonly h: number;
  readonly log: readonly string[];
  /** From version 2 on: number of migrations of the state. */
  readonly m?: number;
}

export const FIRST_STATE: State = { h: 0, log: [] };

/** From version 1 to version 2. A second migration changes the state again. */
export function migrateReference({ h, log, m = 0 }: State): State {
  return { h: chain(h, 'migrated'), log, m: m + 1 };
}

export interface Output {
  readonly id: string;
  readonly h: number;
}

export const EMITS_MANY = 4;

export function contentId({ r, s, a }: Reading): string {
  return `${r}.${s}.${a}`;
}

export function chain(h: number, id: string): number {
  let next = h;
  for (let index = 0; index < id.length; index += 1)
    next = (next * 31 + id.charCodeAt(index)) % 1_000_000_007;
  return next;
}

/**
 * Whether compute refuses the reading. The second build of the pipeline can compute some readings on which
 * the first threw.
 */
export function isPoison(kind: ReadingKind, build: number): boolean {
  switch (kind) {
    case 'throws':
    case 'throwsOddly':
      return build === 1;
    case 'promises':
    case 'returnsNothing':
    case 'makesNaN':
    case 'stateTooLarge':
    case 'outputsTooLarge':
    case 'kills':
    case 'hoards':
    case 'loops':
    case 'blocks':
      return true;
    default:
      return false;
  }
}

export function applyReference(state: State, reading: Reading): { state: State; outputs: Output[] } {
  const id = contentId(reading);
  const h = chain(state.h, id);
  const emitted = reading.t === 'emits' ? 1 : reading.t === 'emitsMany' ? EMITS_MANY : 0;
  return {
    state: { ...state, h, log: [...state.log, id] },
    outputs: Array.from({ length: emitted }, (_, index) => ({ id: `${id}/${index}`, h })),
  };
}

/** A wake that a reading or a wake requests. `at`: epoch ms; undefined cancels the wake. */
export interface AskedWake {
  readonly tag: string;
  readonly at: number | undefined;
}

/** Epoch ms at which the clock of a seed starts. */
const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

/** The wakes requested by an applied reading, in seeds with wakes. */
export function askedBy({ r, s }: Reading): readonly AskedWake[] {
  const tag = `t${(r + s) % 3}`;
  const at = START_MS + ((r * 37 + s * 11) % 240) * MINUTE_MS;
  if (r % 4 === 3) return [{ tag, at: undefined }];
  return r % 4 === 2 ? [] : [{ tag, at }];
}

/** Some wakes request another one, a few times. */
export function askedByWake(tag: string, at: number): readonly AskedWake[] {
  const again = tag === 't0' && at < START_MS + 150 * MINUTE_MS;
  return again ? [{ tag, at: at + 30 * MINUTE_MS }] : [];
}

/** Whether the first build of the pipeline throws on it. The second can compute it. */
export function isPoisonWake(at: number, build: number): boolean {
  return build === 1 && Math.floor(at / MINUTE_MS) % 5 === 0;
}

export function wakeId(tag: string, at: number): string {
  return `wake ${tag} ${at}`;
}
