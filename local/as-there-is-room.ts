/**
 * Requests as they are worked on, and not as fast as they can be read from their file: what waits in a queue of the local
 * run is in memory, and its length must not be that of the run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutgoingMessage } from '../functions/ports.ts';
import type { Messages } from './submit.ts';

/** Messages that wait at the most while more are sent. */
export const WAITING_MAX = 20_000;
const ROOM_EVERY_MS = 20;

/** `waiting`: how many wait now. Aborted, it gives no more. */
export async function* asThereIsRoom(
  messages: Messages,
  waiting: () => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<OutgoingMessage> {
  for await (const message of messages) {
    while (waiting() >= WAITING_MAX && signal?.aborted !== true) await sleep(ROOM_EVERY_MS);
    if (signal?.aborted === true) return;
    yield message;
  }
}
