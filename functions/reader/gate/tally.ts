/** The recent refusals of a source, for display: in the current window of five minutes, and in the one before. */
export interface Tally {
  /** Epoch ms at which the current window began. */
  readonly from: number;
  readonly refused: number;
  readonly before: number;
}

export const TALLY_MS = 300_000;

export function countIn(tally: Tally, refused: number, now: number): Tally {
  const turned = turnedAt(tally, now);
  return { ...turned, refused: turned.refused + refused };
}

/** The refusals of both windows together. `since` is epoch ms. */
export function lately(tally: Tally, now: number): { readonly refused: number; readonly since: number } {
  const { from, refused, before } = turnedAt(tally, now);
  return { refused: refused + before, since: before === 0 ? from : from - TALLY_MS };
}

function turnedAt(tally: Tally, now: number): Tally {
  const ageMs = now - tally.from;
  if (ageMs >= 0 && ageMs < TALLY_MS) return tally;
  const isNext = ageMs >= 0 && ageMs < 2 * TALLY_MS;
  return isNext
    ? { from: tally.from + TALLY_MS, refused: 0, before: tally.refused }
    : { from: now, refused: 0, before: 0 };
}
