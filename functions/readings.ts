/** A message of the readings queue: its formats, its kinds and what it carries. */
import type { RequestIdentity } from './requests.ts';
import type { TraceContext } from './trace-context.ts';

/**
 * The newest format that this build understands. Format 2 adds commands, format 3 has wakes, format 4 has compressed
 * readings (`packed`), format 5 has a chain, format 7 has a partial in place of the readings. All other messages are written
 * in format 1.
 */
export const MESSAGE_FORMAT = 7;

export const COMPRESSED_FORMAT = 4;

/** A build that does not know chains would start a new one for each request, so a loop would never end. */
export const CHAINED_FORMAT = 5;

export const PARTIAL_FORMAT = 7;

/**
 * `readings` is the ordinary kind. A `tombstone` stands for a request that will send no readings, so that later requests of
 * the sequence need not wait. A `wake` is one that compute asked for; its one reading is a WakeReading. The other kinds are an
 * operator's commands. They use the same queue and group, so the key still has one writer. `resume` and `skip` are for a
 * stopped key, `forget` removes its state, `reset` replaces it, and `migrate` brings a quiet key to the newest version of its
 * state.
 */
export const KINDS = [
  'readings',
  'tombstone',
  'wake',
  'resume',
  'skip',
  'forget',
  'reset',
  'migrate',
] as const;

export type MessageKind = (typeof KINDS)[number];

export type WordKind = Exclude<MessageKind, 'readings' | 'tombstone' | 'wake'>;

/** The oldest format that has the kind. A build that does not know the format gives the message back. */
export const FORMAT_OF_KIND: Readonly<Record<MessageKind, number>> = {
  readings: 1,
  tombstone: 1,
  wake: 3,
  resume: 1,
  skip: 1,
  forget: 2,
  reset: 2,
  migrate: 2,
};

export interface ReadingsMessage {
  readonly kind: MessageKind;
  readonly request: string;
  /** See RequestIdentity.since. */
  readonly since: number;
  readonly key: string;
  /** This is message `chunk`, counted from 0, of the `of` messages with the request's readings for this key. */
  readonly chunk: number;
  readonly of: number;
  /** The request's place in its key's order, 1, 2, 3 ... Only in request order. */
  readonly sequence?: number;
  /** See Turn. */
  readonly start?: number;
  readonly follows?: number;
  /** Fingerprint of all readings of this request and key. Chunks of different reads do not belong together. */
  readonly read: string;
  /** Set on a single reading that was set aside: its index in its original message. */
  readonly index?: number;
  /** Set if another request or an output led to the readings' request (chain.ts). */
  readonly chain?: string;
  /** The trace of the request (trace-context.ts). A build that does not know it takes the message without it. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** In `resume` and `skip`: the reading at which the key was stopped when the operator gave the command. */
  readonly stop?: StopPlace;
  /** In `forget` and `reset`: the operator's reason. */
  readonly reason?: string;
  /** In `reset`: the new state. */
  readonly to?: ResetTo;
  /** Set if the reader folded the readings. The one entry of `readings` is then the partial, the state that they make. */
  readonly partial?: PartialOf;
  readonly readings: readonly unknown[];
}

/** The number of readings that a partial was folded from, and the version of its shape. */
export interface PartialOf {
  readonly count: number;
  readonly stateVersion: number;
}

/** The state that was folded from the readings of one message, as JSON text. */
export interface PartialState {
  readonly state: string;
  readonly stateVersion: number;
}

/** The number of readings that a message carries, singly or in a partial. */
export function countReadings({ partial, readings }: Pick<ReadingsMessage, 'partial' | 'readings'>): number {
  return partial?.count ?? readings.length;
}

/** The reading on which compute threw: the receipt of its message, and its index in that message. */
export interface StopPlace {
  readonly receipt: string;
  readonly index: number;
}

/** A state as JSON text, and the version of its shape. */
export interface ResetTo {
  readonly state: string;
  readonly stateVersion: number;
}

/** In `wake`: the tag, and the time of its schedule (epoch ms). The message's `request` is the id of the wake. */
export interface WakeReading {
  readonly tag: string;
  readonly at: number;
}

/** The tag of a timer (KeyItem.gapTimer), whose message is otherwise a wake. A tag of the pipeline is never empty. */
export const TIMER_TAG = '';

export interface EncodedMessage {
  readonly key: string;
  readonly body: string;
  readonly group: string;
  readonly deduplicationId: string;
  /** The number of readings in the message. */
  readonly readings: number;
}

/** A request's place in the order of its key, 1, 2, 3 ... */
export interface Turn {
  readonly sequence: number;
  /** The first place of the key, if the pipeline names one. */
  readonly start?: number;
  /** The place that the request follows, if the places in between stay empty; sequence - 1 if undefined. */
  readonly follows?: number;
}

/** Where readings come from: their request, its place in request order, and its chain (chain.ts). */
export interface Origin extends RequestIdentity, Partial<Turn>, Partial<TraceContext> {
  readonly chain?: string;
}

/** Whether a message is an operator's command and carries no readings. */
export function isWord(kind: MessageKind): kind is WordKind {
  return kind !== 'readings' && kind !== 'tombstone' && kind !== 'wake';
}
