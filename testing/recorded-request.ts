/** A request and what its read gave, as text: see record.ts. */

/** A reading as text, and where it comes from. */
export interface RecordedReading {
  readonly key: string;
  /** The number of its request, and its place among that request's readings of its key, both from 1. */
  readonly n: number;
  readonly place: number;
  readonly text: string;
}

export interface RecordedRequest {
  readonly n: number;
  /** Given by the file that it was in, or found by the pipeline in what it says. */
  readonly id: string | undefined;
  readonly foundId: string | undefined;
  /** In request order: the key, and the place in its order from 1 on without gaps. */
  readonly turn: { readonly key: string; readonly sequence: number } | undefined;
  /** Key by key. Empty if the read refused the request. */
  readonly readings: readonly RecordedReading[];
  /** The read threw a PermanentError: the request is to end in the dead-letter queue. */
  readonly refused: string | undefined;
}
