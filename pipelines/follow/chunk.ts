/** Some lines of a source that never ends. Its id is the same whenever they are found again. */
export interface Chunk {
  readonly id: string;
  readonly source: string;
  readonly lines: readonly string[];
}

/** Cuts text into whole lines; what is no whole line yet is kept for the next piece. */
export function createLineCutter(): (piece: string) => string[] {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    return lines.map((line) => line.replace(/\r$/, ''));
  };
}
