/**
 * Who waits for a queue: long polls and listeners. Nothing polls. A change wakes them once, after the turn that made
 * it, so that messages sent together are received together; each message goes to one long poll and the others go on
 * waiting. Only while somebody waits is there a timer, for the next message that becomes visible by itself.
 */
import type { Clock } from '../../functions/ports.ts';
import type { LongPollOptions, ReceivedMessage, ReceiveOptions } from './types.ts';

export interface WakeUps {
  /** To be called whenever the queue has changed. */
  changed(): void;
  /** Waits for messages, in the order of asking. */
  poll(options: LongPollOptions & { readonly waitMs: number }): Promise<ReceivedMessage[]>;
  listen(listener: () => void): () => void;
}

interface Poll {
  readonly options: ReceiveOptions;
  readonly end: (messages: ReceivedMessage[]) => void;
}

export interface WakeUpsSource {
  /** Does what is due by now. */
  settle(): void;
  take(options: ReceiveOptions): ReceivedMessage[];
  nextVisibleAt(): number | undefined;
}

/** A reason given is no error made: without one, every abort would make an error with a stack. */
const CANCELLED = 'cancelled';

/** What queueMicrotask does, without the bookkeeping of an asynchronous resource for each. */
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
    // Changes up to here are told now; those that the listeners make begin a turn of their own.
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
      // A wrapper of its own, so that the same function may listen twice.
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

/** An alarm that is too early costs one look; it is put off only when it has rung. */
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
