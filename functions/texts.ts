/**
 * Readings of one key as JSON texts, kept small: a hundred thousand short strings take several times the bytes that are
 * in them, so from a certain size on they are kept as blocks of bytes. JSON text has no line breaks, so one parts them.
 */
export interface Texts extends Iterable<string> {
  readonly count: number;
  /** Returns how many bytes it takes to keep. */
  add(text: string): number;
}

/** A string of V8, and its place in a list. */
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
