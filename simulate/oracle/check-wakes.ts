/**
 * I16 wakes: a wake takes effect once, not before its time, and only while its key waits for exactly this
 * wake: it was not cancelled, replaced or forgotten. At rest no wake is left.
 */
import type { KeyFacts } from './facts.ts';
import type { Break, LandedCommit } from './landed-commit.ts';
import { type MessageFacts, stopName } from './message-facts.ts';
import { type AskedWake, askedByWake, chain, isPoisonWake, wakeId } from './reference.ts';

export function noteAsked({ pending }: KeyFacts, asked: readonly AskedWake[]): void {
  for (const { tag, at } of asked) {
    if (at === undefined) pending.delete(tag);
    else pending.set(tag, at);
  }
}

/** `id`: as in the state's list. */
export function takeWake(
  facts: KeyFacts,
  id: string,
  { now, build }: Pick<LandedCommit, 'now' | 'build'>,
  broken: Break,
): void {
  const [, tag = '', text] = id.split(' ');
  const at = Number(text);
  if (facts.pending.get(tag) !== at) broken('I16 wakes', `${id} came, and the key does not wait for it`);
  if (isPoisonWake(at, build)) broken('I8 poison', `${id} came, and build ${build} throws on it`);
  if (now < at) broken('I16 wakes', `${id} came ${at - now} ms before its time`);
  facts.pending.delete(tag);
  noteAsked(facts, askedByWake(tag, at));
  const { reference } = facts;
  facts.reference = { ...reference, h: chain(reference.h, id), log: [...reference.log, id] };
  facts.woken += 1;
}

/** Whether the key waits for this wake and its pipeline throws on it. */
export function isCulprit({ pending }: KeyFacts, { tag = '' }: MessageFacts, build: number): boolean {
  const at = pending.get(tag);
  return at !== undefined && isPoisonWake(at, build);
}

/** For a parked wake: whether the key stopped at it. */
export function isStoppedAt({ kind, receipt }: MessageFacts, stop: string): boolean {
  return kind === 'wake' && stopName(receipt, 0) === stop;
}

/** Call it at rest. A wake that the writer could not schedule for hours is in the bucket (`isAside`). */
export function checkPending({ pending }: KeyFacts, isAside: boolean, build: number, broken: Break): void {
  if (isAside) return;
  for (const [tag, at] of pending)
    if (!isPoisonWake(at, build)) broken('I16 wakes', `${wakeId(tag, at)} never came`);
}
