/**
 * Chooses the visible messages to deliver next. A standard queue delivers them nearly in order. A FIFO queue delivers as
 * many as were asked for of the group with the oldest message, then of the next group. A group is locked while any of its
 * messages is in flight, so a redelivery comes before all later messages of its group.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
import { createHeap, type Heap, type Positioned } from '../heap.ts';
import type { Entry } from './entry.ts';

export interface Delivery {
  /** Call this when a message becomes visible. */
  add(entry: Entry): void;
  /** Call this when a visible message leaves the queue without being received. */
  drop(entry: Entry): void;
  /** Call this when a message is no longer in flight. */
  release(entry: Entry): void;
  /** Call this when a message enters the window that the queue looks at. */
  entered(entry: Entry): void;
  /** Offers messages until `max` were accepted. A message that is not accepted leaves the queue. */
  take(max: number, accept: (entry: Entry) => boolean): void;
}

export function createStandardDelivery(): Delivery {
  const visible = createHeap<Entry>(
    (a, b) => a.rank < b.rank || (a.rank === b.rank && a.ordinal < b.ordinal),
  );
  return {
    add: (entry) => visible.push(entry),
    drop: (entry) => visible.remove(entry),
    release() {},
    entered() {},
    take(max, accept) {
      let taken = 0;
      while (taken < max) {
        const entry = visible.pop();
        if (entry === undefined) break;
        if (accept(entry)) taken += 1;
      }
    },
  };
}

interface Group extends Positioned {
  readonly name: string;
  readonly visible: Heap<Entry>;
  inFlight: number;
  /** Ordinal of the first visible message while the group is free. */
  first: number;
}

const inOrder = (a: Entry, b: Entry) => a.ordinal < b.ordinal;

export function createFifoDelivery(): Delivery {
  const groups = new Map<string, Group>();
  const free = createHeap<Group>((a, b) => a.first < b.first);

  function groupOf(entry: Entry): Group {
    const name = entry.message.group ?? '';
    let group = groups.get(name);
    if (group === undefined) {
      group = { name, visible: createHeap(inOrder), inFlight: 0, first: 0, position: -1 };
      groups.set(name, group);
    }
    return group;
  }

  /** Adds the group to the free groups or removes it from them, and deletes it if it has no messages. */
  function settle(group: Group): void {
    free.remove(group);
    const head = group.visible.peek();
    if (group.inFlight > 0) return;
    if (head === undefined) {
      groups.delete(group.name);
    } else if (head.inWindow) {
      group.first = head.ordinal;
      free.push(group);
    }
  }

  return {
    add(entry) {
      const group = groupOf(entry);
      group.visible.push(entry);
      if (group.visible.peek() === entry) settle(group);
    },
    drop(entry) {
      const group = groupOf(entry);
      group.visible.remove(entry);
      settle(group);
    },
    release(entry) {
      const group = groupOf(entry);
      group.inFlight -= 1;
      settle(group);
    },
    entered(entry) {
      if (entry.status !== 'visible') return;
      const group = groupOf(entry);
      if (group.visible.peek() === entry) settle(group);
    },
    take(max, accept) {
      let taken = 0;
      while (taken < max) {
        const group = free.pop();
        if (group === undefined) break;
        while (taken < max && group.visible.peek()?.inWindow === true) {
          const entry = group.visible.pop();
          if (entry === undefined || !accept(entry)) continue;
          group.inFlight += 1;
          taken += 1;
        }
        settle(group);
      }
    },
  };
}
