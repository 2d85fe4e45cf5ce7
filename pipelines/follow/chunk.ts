/** Some lines of an endless source. Its id is the same each time these lines are read. */
export interface Chunk {
  readonly id: string;
  readonly source: string;
  readonly lines: readonly string[];
}

/** Cuts text into whole lines; an incomplete line is kept for the next piece. */
export function createLineCutter(): (piece: string) => string[] {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    return lines.map((line) => line.replace(/\r$/, ''));
  };
}
