/** Dead letters of a place that have something in common: the counts are those of the letters themselves. */
import type { DeadLetter, DeadPlace } from './dead-letter.ts';

export interface DeadGroup {
  readonly place: DeadPlace;
  /** What they have in common. */
  readonly name: string;
  readonly letters: number;
  /** How many requests, readings or outputs they hold. */
  readonly holds: number;
  /** Of the oldest of them: epoch ms; undefined where none has a time. */
  readonly oldestAt: number | undefined;
}

/** The largest group first. A letter without a name is in none. */
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
