/**
 * Sends requests as fast as they are worked on, not as fast as their file can be read. Messages that wait in
 * a queue of the local run are in memory, so neither their number nor their bytes may grow with the length of
 * the run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutgoingMessage } from '../functions/ports.ts';
import type { Messages } from './submit.ts';

/** Messages that may wait in the queues while more are sent. */
export const WAITING_MAX = 20_000;
/** Their bytes, taken as those of the requests: a message of readings is about as long as its request. */
export const WAITING_BYTES_MAX = 8_000_000;
/** However long they are: an invocation of the reader takes ten at once. */
const WAITING_MIN = 100;
const ROOM_EVERY_MS = 20;

/** `waiting`: how many messages wait now. Stops when `signal` is aborted. */
export async function* asThereIsRoom(
  messages: Messages,
  waiting: () => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<OutgoingMessage> {
  let sent = 0;
  let bytes = 0;
  const room = () => {
    const inBytes = sent === 0 ? WAITING_MAX : (WAITING_BYTES_MAX * sent) / bytes;
    return Math.min(WAITING_MAX, Math.max(WAITING_MIN, inBytes));
  };
  for await (const message of messages) {
    while (waiting() >= room() && signal?.aborted !== true) await sleep(ROOM_EVERY_MS);
    if (signal?.aborted === true) return;
    sent += 1;
    bytes += Buffer.byteLength(message.body);
    yield message;
  }
}
