/**
 * A binary heap that knows the position of each item, so that any item can be removed in O(log n). An item is in at most one
 * heap at a time. The heap sets `position`; it is -1 while the item is in no heap.
 */
export interface Positioned {
  position: number;
}

export interface Heap<Item extends Positioned> {
  readonly size: number;
  peek(): Item | undefined;
  push(item: Item): void;
  pop(): Item | undefined;
  /** Does nothing if the item is in no heap. */
  remove(item: Item): void;
}

/** `before` must be a total order, so that the sequence is the same in every run. */
export function createHeap<Item extends Positioned>(before: (a: Item, b: Item) => boolean): Heap<Item> {
  const items: Item[] = [];

  function place(item: Item, index: number): void {
    items[index] = item;
    item.position = index;
  }

  function rise(item: Item, from: number): void {
    let index = from;
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = items[up];
      if (parent === undefined || !before(item, parent)) break;
      place(parent, index);
      index = up;
    }
    place(item, index);
  }

  function sink(item: Item, from: number): void {
    let index = from;
    for (;;) {
      let down = 2 * index + 1;
      let child = items[down];
      if (child === undefined) break;
      const other = items[down + 1];
      if (other !== undefined && before(other, child)) {
        child = other;
        down += 1;
      }
      if (!before(child, item)) break;
      place(child, index);
      index = down;
    }
    place(item, index);
  }

  function remove(item: Item): void {
    const index = item.position;
    if (index < 0) return;
    item.position = -1;
    const last = items.pop();
    if (last === undefined || last === item) return;
    rise(last, index);
    if (last.position === index) sink(last, index);
  }

  return {
    get size() {
      return items.length;
    },
    peek: () => items[0],
    push: (item) => rise(item, items.length),
    pop() {
      const first = items[0];
      if (first !== undefined) remove(first);
      return first;
    },
    remove,
  };
}
