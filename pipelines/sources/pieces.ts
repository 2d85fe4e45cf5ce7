/** Divides a stream of bytes into other pieces. Reads from the source only when needed. */
export class Pieces {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  /** The next piece, at least one byte; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest;
    this.#rest = Buffer.alloc(0);
    return piece;
  }

  /** Puts unused bytes back; they come next. */
  putBack(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([bytes, this.#rest]);
  }

  /** This many bytes, or fewer at the end. */
  async take(count: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const piece = await this.next();
      if (piece === undefined) break;
      taken.push(piece.subarray(0, missing));
      this.putBack(piece.subarray(missing));
      missing -= Math.min(missing, piece.length);
    }
    return Buffer.concat(taken);
  }
}
