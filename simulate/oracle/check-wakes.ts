/**
 * I16 wakes: a wake takes effect once, not before its time, and only while its key waits for exactly this
 * wake: it was not cancelled, replaced or forgotten. At rest no wake is left.
 */
import type { KeyFacts } from './facts.ts';
import type { Break } from './landed-commit.ts';
import { type AskedWake, askedByWake, chain, wakeId } from './reference.ts';

export function noteAsked({ pending }: KeyFacts, asked: readonly AskedWake[]): void {
  for (const { tag, at } of asked) {
    if (at === undefined) pending.delete(tag);
    else pending.set(tag, at);
  }
}

/** `id`: as in the state's list. */
export function takeWake(facts: KeyFacts, id: string, now: number, broken: Break): void {
  const [, tag = '', text] = id.split(' ');
  const at = Number(text);
  if (facts.pending.get(tag) !== at) broken('I16 wakes', `${id} came, and the key does not wait for it`);
  if (now < at) broken('I16 wakes', `${id} came ${at - now} ms before its time`);
  facts.pending.delete(tag);
  noteAsked(facts, askedByWake(tag, at));
  const { reference } = facts;
  facts.reference = { ...reference, h: chain(reference.h, id), log: [...reference.log, id] };
  facts.woken += 1;
}

/** Call it at rest. A wake that the writer could not schedule for hours is in the bucket (`isAside`). */
export function checkPending({ pending }: KeyFacts, isAside: boolean, broken: Break): void {
  if (isAside) return;
  for (const [tag, at] of pending) broken('I16 wakes', `${wakeId(tag, at)} never came`);
}
