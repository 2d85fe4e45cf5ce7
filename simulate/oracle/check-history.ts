/** I22 history: the item names its newest commits, each once and as it was, with the requests and the numbers of what it applied. */
import { isDeepStrictEqual } from 'node:util';
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { isRecord } from '../../functions/json.ts';
import type { Break, LandedCommit } from './landed-commit.ts';
import type { SlotFacts } from './message-facts.ts';

interface Taken {
  /** Readings, and wakes by their names. */
  readonly fresh: readonly (SlotFacts | string)[];
  readonly outputs: number;
  readonly isForget: boolean;
}

export function checkHistory(
  { before, after, mode: { history } }: LandedCommit,
  { fresh, outputs, isForget }: Taken,
  broken: Break,
): void {
  const notes = notesOf(after);
  if (history === undefined || isForget) {
    if (notes.length > 0) broken('I22 history', `${notes.length} commits are named, and none should be`);
    return;
  }
  const [last] = notes.slice(-1);
  const own = last !== undefined && `${last['v']}` === after['version']?.N ? last : undefined;
  const earlier = own === undefined ? notes : notes.slice(0, -1);
  const known = notesOf(before);
  const kept = known.slice(known.length - earlier.length);
  const lost = Math.min(known.length, own === undefined ? history : history - 1) - earlier.length;
  if (lost !== 0 || !isDeepStrictEqual(kept, earlier))
    broken('I22 history', 'earlier commits are not named as they were');
  if (fresh.length > 0) checkNote(own, fresh, outputs, broken);
}

function checkNote(
  note: Record<string, unknown> | undefined,
  fresh: Taken['fresh'],
  outputs: number,
  broken: Break,
): void {
  const wakes = fresh.filter((one) => typeof one === 'string').length;
  const [applied = 0, skipped = 0, , woken, emitted] = listIn(note?.['n']).map(Number);
  if (applied + skipped !== fresh.length - wakes || woken !== wakes || emitted !== outputs)
    broken(
      'I22 history',
      `the commit is named with ${JSON.stringify(note?.['n'])}, it took ${fresh.length} in`,
    );
  const requests = listIn(note?.['r']);
  const named = new Set(requests.map((pair) => String(listIn(pair)[0])));
  for (const one of fresh) {
    // An item names ten requests of a commit, by their first hundred characters.
    const request = typeof one === 'string' ? '' : (one.message.identity.split('|')[0] ?? '').slice(0, 100);
    if (request !== '' && requests.length < 10 && !named.has(request))
      broken('I22 history', `the commit does not name request ${request}`);
  }
}

function notesOf(item: Item | undefined): Record<string, unknown>[] {
  const value: unknown = JSON.parse(item?.['commits']?.S ?? '[]');
  return listIn(value).filter(isRecord);
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
