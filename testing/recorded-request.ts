/** A request and the result of its read, as text; see record.ts. */

/** A reading as text, with its origin. */
export interface RecordedReading {
  readonly key: string;
  /** The number of its request, and its place among that request's readings of the key, both from 1. */
  readonly n: number;
  readonly place: number;
  readonly text: string;
}

export interface RecordedRequest {
  readonly n: number;
  /** The id from the request file, or the id that the pipeline found in the body. */
  readonly id: string | undefined;
  readonly foundId: string | undefined;
  /** In request order: the key, and the place in its order from 1 without gaps. */
  readonly turn: { readonly key: string; readonly sequence: number } | undefined;
  /** Grouped by key. Empty if the read refused the request. */
  readonly readings: readonly RecordedReading[];
  /** The read threw a PermanentError with this message: the request must end in the dead-letter queue. */
  readonly refused: string | undefined;
}
