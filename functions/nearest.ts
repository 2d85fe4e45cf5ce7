/** Follows an unknown name in an error: the name that was probably meant, or all known names. */
export function suggest(given: string, known: readonly string[]): string {
  const meant = nearest(given, known);
  return meant === undefined ? `use one of ${known.join(', ')}` : `did you mean ${meant}?`;
}

/** The known word with the fewest typing errors between it and the given one, if they are few. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const [closest] = known
    .map((word) => ({ word, slips: slipsBetween(given, word) }))
    .filter(({ word, slips }) => slips <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.slips - b.slips);
  return closest?.word;
}

/** Counts letters that are missing, added, replaced or swapped. Works row by row; only the last two rows are kept. */
function slipsBetween(given: string, word: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: word.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= given.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= word.length; j += 1) {
      const same = given[i - 1] === word[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && given[i - 1] === word[j - 2] && given[i - 2] === word[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + same,
        swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return row[word.length] ?? 0;
}
