/**
 * Readings of one key as JSON texts, kept in little memory: a hundred thousand short strings take several times the bytes of
 * their text, so beyond a certain size they are kept as blocks of bytes. A line break separates them, which JSON text here does
 * not contain.
 */
export interface Texts extends Iterable<string> {
  readonly count: number;
  /** Returns the estimated memory of the text, in bytes. */
  add(text: string): number;
}

/** The overhead of a V8 string and of its entry in a list. */
const STRING_OVERHEAD_BYTES = 32;
const BLOCK_BYTES = 64 * 1024;

export function createTexts(): Texts {
  const blocks: Buffer[] = [];
  let tail: string[] = [];
  let tailBytes = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(text) {
      count += 1;
      tail.push(text);
      const bytes = Buffer.byteLength(text) + STRING_OVERHEAD_BYTES;
      tailBytes += bytes;
      if (tailBytes >= BLOCK_BYTES) {
        blocks.push(Buffer.from(tail.join('\n')));
        tail = [];
        tailBytes = 0;
      }
      return bytes;
    },
    *[Symbol.iterator]() {
      for (const block of blocks) yield* block.toString().split('\n');
      yield* tail;
    },
  };
}
