/**
 * Bytes in pieces, as a network may deliver them: cut at these positions, in any order; those past the end
 * are ignored.
 */
export async function* cutAnywhere(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const places = cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b);
  let from = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(from, place);
    from = place;
  }
}
