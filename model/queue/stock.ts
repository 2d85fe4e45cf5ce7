/**
 * The messages of one queue. Invariant: every message is in `arrivals`, and either visible (in `delivery`) or waiting for its
 * time (in `timers`). Expiry needs no timer, because every operation first calls `settle`, which does what is due. All
 * operations are O(1) or O(log n).
 */
import { createHeap } from '../heap.ts';
import { type Arrivals, createArrivals } from './arrivals.ts';
import { createFifoDelivery, createStandardDelivery, type Delivery } from './delivery.ts';
import { type Entry, newEntry } from './entry.ts';
import type { Queue, QueueCounts, QueuedMessage, QueueSettings } from './types.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const IN_FLIGHT_MAX = 120_000;
const FIFO_WINDOW = 120_000;

export class Stock {
  readonly #retentionMs: number;
  readonly #changed: () => void;
  readonly #delivery: Delivery;
  readonly #arrivals: Arrivals;
  readonly #timers = createHeap<Entry>(
    (a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.ordinal < b.ordinal),
  );
  readonly #byOrdinal = new Map<number, Entry>();
  #ordinal = 0;
  #inFlight = 0;
  #delayed = 0;

  constructor({ fifo, retentionMs }: QueueSettings, changed: () => void) {
    this.#retentionMs = retentionMs;
    this.#changed = changed;
    this.#delivery = fifo ? createFifoDelivery() : createStandardDelivery();
    this.#arrivals = createArrivals(fifo ? FIFO_WINDOW : Number.POSITIVE_INFINITY, this.#delivery.entered);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** When the next message becomes visible. */
  get nextVisibleAt(): number | undefined {
    return this.#timers.peek()?.dueAt;
  }

  /** `reach`: the number of later messages of a standard queue that may overtake this one. */
  add(message: QueuedMessage, delayedUntil: number | undefined, reach: number, source?: Queue): void {
    this.#ordinal += 1;
    const entry = newEntry(message, source, this.#ordinal, this.#ordinal + reach);
    this.#byOrdinal.set(entry.ordinal, entry);
    this.#arrivals.add(entry);
    if (delayedUntil === undefined) {
      this.#delivery.add(entry);
    } else {
      entry.status = 'delayed';
      this.#delayed += 1;
      this.#wait(entry, delayedUntil);
    }
    this.#changed();
  }

  find(ordinal: number): Entry | undefined {
    return this.#byOrdinal.get(ordinal);
  }

  /** Receives up to `max` messages. A message for which `giveUp` returns true leaves the queue instead. */
  take(max: number, now: number, visibleAt: number, giveUp: (entry: Entry) => boolean): Entry[] {
    const taken: Entry[] = [];
    this.#delivery.take(Math.min(max, IN_FLIGHT_MAX - this.#inFlight), (entry) => {
      if (giveUp(entry)) {
        this.#forget(entry);
        return false;
      }
      entry.receiveCount += 1;
      entry.firstReceivedAt ??= Math.floor(now);
      entry.lastReceivedAt = now;
      entry.status = 'inFlight';
      this.#inFlight += 1;
      this.#wait(entry, visibleAt);
      taken.push(entry);
      return true;
    });
    if (taken.length > 0) this.#changed();
    return taken;
  }

  /** Changes the time at which a message in flight becomes visible. */
  postpone(entry: Entry, visibleAt: number): void {
    this.#timers.remove(entry);
    this.#wait(entry, visibleAt);
    this.#changed();
  }

  /** Removes a message, whatever its status. */
  remove(entry: Entry): void {
    if (entry.status === 'visible') {
      this.#delivery.drop(entry);
    } else {
      this.#timers.remove(entry);
      this.#leaveStatus(entry);
    }
    this.#forget(entry);
  }

  settle(now: number): void {
    for (let entry = this.#arrivals.oldest; entry !== undefined; entry = this.#arrivals.oldest) {
      if (entry.sentAt + this.#retentionMs > now) break;
      this.remove(entry);
    }
    for (let entry = this.#timers.peek(); entry !== undefined; entry = this.#timers.peek()) {
      if (entry.dueAt > now) break;
      this.#timers.remove(entry);
      this.#leaveStatus(entry);
      entry.status = 'visible';
      this.#delivery.add(entry);
      this.#changed();
    }
  }

  /** Oldest first. */
  list(): Entry[] {
    return this.#arrivals.list();
  }

  counts(now: number): QueueCounts {
    const { oldest, size } = this.#arrivals;
    return {
      visible: size - this.#inFlight - this.#delayed,
      inFlight: this.#inFlight,
      delayed: this.#delayed,
      oldestAgeMs: oldest === undefined ? undefined : now - oldest.sentAt,
      nextVisibleAt: this.nextVisibleAt,
    };
  }

  #wait(entry: Entry, visibleAt: number): void {
    // Retention also ends for a message in flight, and may free its group before its visibility timeout does.
    entry.dueAt = Math.min(visibleAt, entry.sentAt + this.#retentionMs);
    this.#timers.push(entry);
  }

  #leaveStatus(entry: Entry): void {
    if (entry.status === 'delayed') {
      this.#delayed -= 1;
    } else {
      this.#inFlight -= 1;
      this.#delivery.release(entry);
    }
  }

  #forget(entry: Entry): void {
    this.#byOrdinal.delete(entry.ordinal);
    this.#arrivals.remove(entry);
    this.#changed();
  }
}
