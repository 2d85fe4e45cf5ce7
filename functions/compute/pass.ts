/** One pass of a fold over its messages: its draft, and the parked messages that are left. */
import { PermanentError } from '../errors.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import type { KeyItem } from '../state.ts';
import type { Arrival, Parked } from './arrival.ts';
import { beginDraft, type Draft, isFull, readingsIn } from './draft.ts';
import type { Before, FoldInput } from './fold-input.ts';
import {
  type Beginning,
  callInitial,
  callMigrate,
  INITIAL,
  INITIAL_PLACE,
  MIGRATE,
  MIGRATE_PLACE,
} from './initial.ts';
import { type Ordering, orderingOf } from './ordering.ts';
import { judge, type Verdict } from './verdict.ts';

/** `careful`: the state is encoded after every reading, so that the pass can go on after a reading that throws. */
export type Mode = 'quick' | 'careful';

/** The arguments of a pass. */
export interface PassStart {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly input: FoldInput;
  readonly before: Before | undefined;
}

export interface Pass extends PassStart {
  readonly mode: Mode;
  readonly draft: Draft;
  readonly ordering: Ordering;
  readonly stopAt: number;
  /** The parked messages that are still to be taken up. */
  readonly waiting: Parked[];
  /** True after a condemned reading: its verdict is committed before another reading may end the process. */
  cut: boolean;
}

export function beginPass(start: PassStart, mode: Mode): Pass {
  const { pipeline, clock, input } = start;
  const draft = beginDraft(input.base, begin(start));
  const ordering = orderingOf(pipeline.order);
  const stopAt = clock.now() + pipeline.limits.commitAfterMs;
  const first = input.parked[0]?.place;
  if (first !== undefined) draft.parkedFirst = first; // In the item it may be only a lower bound.
  return { ...start, mode, draft, ordering, stopAt, waiting: [...input.parked], cut: false };
}

function begin({ pipeline, input, before }: PassStart): Beginning {
  const { base, condemned, key } = input;
  const { state } = base ?? {};
  if (skipsAll(pipeline, base)) return { state: 'null' }; // A placeholder: it is neither computed on nor stored.
  if (base !== undefined && state !== undefined && base.stateVersion === pipeline.state.version)
    return { state };
  const isKept = base !== undefined && state !== undefined;
  const reason = condemned.get(isKept ? MIGRATE_PLACE : INITIAL_PLACE);
  if (reason !== undefined) return { failure: new PermanentError(reason) };
  before?.(isKept ? MIGRATE : INITIAL, 0);
  return isKept ? callMigrate(pipeline, state, base) : callInitial(pipeline, key);
}

/** Whether the key was forgotten and the pipeline skips the later readings of such keys. */
export function skipsAll(
  { afterForget }: Pipeline,
  item: Pick<KeyItem, 'state' | 'forgotten'> | undefined,
): boolean {
  const isGone = item?.forgotten !== undefined && item.state === undefined;
  return isGone && afterForget === 'skip';
}

export function judgeIn({ draft, input, ordering }: Pass, arrival: Arrival): Verdict {
  return judge(arrival, draft, input.known, ordering);
}

/** Whether the draft must be committed before the pass takes up more. */
export function isDue({ clock, cut, draft, input, stopAt }: Pass): boolean {
  const enough = readingsIn(draft) >= (input.readingsMax ?? Number.POSITIVE_INFINITY);
  return cut || enough || isFull(draft) || clock.now() >= stopAt;
}
