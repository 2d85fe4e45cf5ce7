/**
 * Wakes long polls and listeners when a queue changes, without polling. A change wakes them once, after the turn that made
 * it, so that messages that are sent together are received together. Each message goes to one long poll, and the others go
 * on waiting. While somebody waits, there is a timer for the next message that becomes visible.
 */
import type { Clock } from '../../functions/ports.ts';
import type { LongPollOptions, ReceivedMessage, ReceiveOptions } from './types.ts';

export interface WakeUps {
  /** Call this whenever the queue has changed. */
  changed(): void;
  /** Waits for messages. Polls are served in the order of their calls. */
  poll(options: LongPollOptions & { readonly waitMs: number }): Promise<ReceivedMessage[]>;
  listen(listener: () => void): () => void;
}

interface Poll {
  readonly options: ReceiveOptions;
  readonly end: (messages: ReceivedMessage[]) => void;
}

export interface WakeUpsSource {
  /** Does everything that is due. */
  settle(): void;
  take(options: ReceiveOptions): ReceivedMessage[];
  nextVisibleAt(): number | undefined;
}

/** Without an abort reason, every abort would create an error with a stack. */
const CANCELLED = 'cancelled';

/** Works like queueMicrotask, without the cost of an asynchronous resource for each call. */
const settled = Promise.resolve();

export function createWakeUps(clock: Clock, source: WakeUpsSource): WakeUps {
  const polls = new Set<Poll>();
  const listeners = new Set<() => void>();
  let scheduled = false;
  const alarm = createAlarm(clock, changed);

  function changed(): void {
    if (scheduled || (polls.size === 0 && listeners.size === 0 && !alarm.isSet())) return;
    scheduled = true;
    void settled.then(turn);
  }

  function turn(): void {
    source.settle();
    for (const poll of polls) {
      const messages = source.take(poll.options);
      if (messages.length === 0) break;
      poll.end(messages);
    }
    // Listeners hear of all changes so far. Changes that they make start another turn.
    scheduled = false;
    for (const listener of [...listeners]) listener();
    alarm.set(polls.size === 0 && listeners.size === 0 ? undefined : source.nextVisibleAt());
  }

  function poll({ waitMs, signal, ...options }: LongPollOptions & { readonly waitMs: number }) {
    return new Promise<ReceivedMessage[]>((resolve) => {
      const timeout = new AbortController();
      const end = (messages: ReceivedMessage[]) => {
        if (!polls.delete(waiting)) return;
        timeout.abort(CANCELLED);
        signal?.removeEventListener('abort', giveUp);
        changed();
        resolve(messages);
      };
      const giveUp = () => end([]);
      const waiting: Poll = { options, end };
      polls.add(waiting);
      signal?.addEventListener('abort', giveUp, { once: true });
      void clock.sleep(waitMs, timeout.signal).then(giveUp);
      changed();
    });
  }

  return {
    changed,
    poll,
    listen(listener) {
      // A separate wrapper, so that the same function may listen twice.
      const own = () => listener();
      listeners.add(own);
      changed();
      return () => {
        listeners.delete(own);
        changed();
      };
    },
  };
}

/** An alarm that is too early only costs a look, so it is set to a later time only after it has rung. */
function createAlarm(clock: Clock, ring: () => void) {
  let alarm: { readonly at: number; readonly cancel: AbortController } | undefined;
  return {
    isSet: () => alarm !== undefined,
    set(at: number | undefined): void {
      if (alarm !== undefined && at !== undefined && alarm.at <= at) return;
      alarm?.cancel.abort(CANCELLED);
      alarm = undefined;
      if (at === undefined) return;
      const set = { at, cancel: new AbortController() };
      alarm = set;
      void clock.sleep(at - clock.now(), set.cancel.signal).then(() => {
        if (alarm !== set) return;
        alarm = undefined;
        ring();
      });
    },
  };
}
