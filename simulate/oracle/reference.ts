/**
 * The reference: what the pipeline under test means, said a second time and as simply as possible. It knows nothing
 * of batches, retries or versions: readings of a key, one after the other.
 *
 * The state reveals order: a hash chain over the readings' ids, and the ids themselves, which tell the oracle what
 * was applied without asking the code under test.
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

/** Those that end their process or never give it back. */
export const DEADLY: ReadonlySet<ReadingKind> = new Set(['kills', 'hoards', 'loops', 'blocks']);

export interface Reading {
  /** Number of its request, its place among that request's readings, and which content it is if reads differ. */
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
  /** From version 2 on: how often the state was migrated. */
  readonly m?: number;
}

export const FIRST_STATE: State = { h: 0, log: [] };

/** From version 1 to version 2. Not the same when it is done twice. */
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

/** Whether compute refuses the reading. The second build of the pipeline can compute what the first threw over. */
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
