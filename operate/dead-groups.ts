/** Groups the dead letters of each place by a common property. Counts are those of the letters listed. */
import type { DeadLetter, DeadPlace } from './dead-letter.ts';

export interface DeadGroup {
  readonly place: DeadPlace;
  /** The common property. */
  readonly name: string;
  readonly letters: number;
  /** Number of requests, readings or outputs in them. */
  readonly holds: number;
  /** Epoch ms of the oldest letter; undefined if none has a time. */
  readonly oldestAt: number | undefined;
}

/** Largest group first. Letters without a name are left out. */
export function groupDead(
  letters: readonly DeadLetter[],
  nameOf: (letter: DeadLetter) => string | undefined,
): DeadGroup[] {
  const named = letters.flatMap((letter) => {
    const name = nameOf(letter);
    return name === undefined ? [] : [{ name, letter }];
  });
  const groups = Map.groupBy(named, ({ name, letter }) => `${letter.place} ${name}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const times = group.flatMap(({ letter }) => letter.sentAt ?? []);
      return [
        {
          place: first.letter.place,
          name: first.name,
          letters: group.length,
          holds: group.reduce((sum, { letter }) => sum + letter.holds, 0),
          oldestAt: times.length === 0 ? undefined : Math.min(...times),
        },
      ];
    })
    .sort((a, b) => b.letters - a.letters);
}
