/**
 * The FIFO queue in the model. Messages of a group come one batch at a time. A receive takes as many messages as fit of the
 * group whose first message has waited longest, then of the next group.
 */
import { createHeap, type Positioned } from '../../model/heap.ts';

export interface ReadingsQueue<Message extends { readonly key: number }> {
  readonly size: number;
  /** The most messages that waited in one group. */
  readonly deepest: number;
  add(message: Message): void;
  take(max: number): Message[];
  release(batch: readonly Message[]): void;
}

interface Group<Message> extends Positioned {
  readonly messages: { readonly message: Message; readonly ordinal: number }[];
  /** Index of the first message that was not taken. */
  next: number;
  locked: boolean;
}

export function createReadingsQueue<Message extends { readonly key: number }>(): ReadingsQueue<Message> {
  const groups = new Map<number, Group<Message>>();
  const firstOf = (group: Group<Message>) => group.messages[group.next]?.ordinal ?? Number.POSITIVE_INFINITY;
  const free = createHeap<Group<Message>>((a, b) => firstOf(a) < firstOf(b));
  let ordinal = 0;
  let size = 0;
  let deepest = 0;
  return {
    get size() {
      return size;
    },
    get deepest() {
      return deepest;
    },
    add(message) {
      let group = groups.get(message.key);
      if (group === undefined) {
        group = { messages: [], next: 0, locked: false, position: -1 };
        groups.set(message.key, group);
      }
      ordinal += 1;
      size += 1;
      group.messages.push({ message, ordinal });
      deepest = Math.max(deepest, group.messages.length - group.next);
      if (!group.locked && group.position === -1) free.push(group);
    },
    take(max) {
      const batch: Message[] = [];
      while (batch.length < max) {
        const group = free.pop();
        if (group === undefined) break;
        group.locked = true;
        while (batch.length < max) {
          const entry = group.messages[group.next];
          if (entry === undefined) break;
          batch.push(entry.message);
          group.next += 1;
        }
      }
      size -= batch.length;
      return batch;
    },
    release(batch) {
      for (const key of new Set(batch.map((message) => message.key))) {
        const group = groups.get(key);
        if (group === undefined) continue;
        group.locked = false;
        if (group.next === group.messages.length) groups.delete(key);
        else {
          if (group.next > FORGET_FROM) {
            group.messages.splice(0, group.next);
            group.next = 0;
          }
          free.push(group);
        }
      }
    },
  };
}

/** Taken messages are removed in batches of this size, because one splice per message would take quadratic time. */
const FORGET_FROM = 256;
