/** The time of each stage, for each message of a measured request. */
import type { Message } from './world.ts';

export interface Measured {
  /** One entry per message of a measured request, in ms. */
  readonly total: number[];
  readonly waitForReader: number[];
  readonly read: number[];
  readonly send: number[];
  readonly waitForKey: number[];
  readonly compute: number[];
  readonly write: number[];
  /** When the message was committed, in ms since the start. */
  readonly committedAt: number[];
}

export function newMeasured(): Measured {
  return {
    total: [],
    waitForReader: [],
    read: [],
    send: [],
    waitForKey: [],
    compute: [],
    write: [],
    committedAt: [],
  };
}

/** Records the times of a message when it is committed. */
export function note(measured: Measured, message: Message, now: number): void {
  const { request, readEndAt, sentAt, computeAt } = message;
  measured.total.push(now - request.at);
  measured.waitForReader.push(request.readAt - request.at);
  measured.read.push(readEndAt - request.readAt);
  measured.send.push(sentAt - readEndAt);
  measured.waitForKey.push(computeAt - sentAt);
  measured.compute.push(now - computeAt);
  measured.committedAt.push(now);
}
