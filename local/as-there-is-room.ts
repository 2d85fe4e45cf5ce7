/**
 * Sends requests as fast as they are worked on, not as fast as their file can be read. Messages that wait in
 * a queue of the local run are in memory, so their number must not grow with the length of the run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutgoingMessage } from '../functions/ports.ts';
import type { Messages } from './submit.ts';

/** Messages that may wait in the queue while more are sent. */
export const WAITING_MAX = 20_000;
const ROOM_EVERY_MS = 20;

/** `waiting`: how many messages wait now. Stops when `signal` is aborted. */
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
