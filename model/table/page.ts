/** One page of the results of a query or scan. */
import { sizeOfItem } from './attribute.ts';
import type { Item } from './item.ts';
import type { Row } from './rows.ts';

export interface Found<Value extends object = object> {
  readonly items: readonly Item<Value>[];
  readonly scanned: number;
  /** Bytes that were read, from which the capacity units are computed. */
  readonly bytes: number;
  readonly lastKey: Item<Value> | undefined;
}

const PAGE_BYTES_MAX = 1024 * 1024;

export interface PageOptions<Value extends object> {
  readonly limit: number | undefined;
  readonly passes: (item: Item) => boolean;
  readonly names: readonly string[] | undefined;
  readonly keyItem: (item: Item<Value>) => Item<Value>;
}

/** A page ends at the limit or at 1 MB, before filters are applied. */
export function page<Value extends object>(
  source: Iterable<Row<Value>>,
  { limit, passes, names, keyItem }: PageOptions<Value>,
): Found<Value> {
  const items: Item<Value>[] = [];
  let [scanned, bytes] = [0, 0];
  let last: Item<Value> | undefined;
  for (const { item } of source) {
    const size = sizeOfItem(item);
    if (scanned > 0 && bytes + size > PAGE_BYTES_MAX) return { items, scanned, bytes, lastKey: last };
    scanned += 1;
    bytes += size;
    last = keyItem(item);
    if (passes(item)) items.push(names === undefined ? item : pick(item, names));
    if (scanned === limit) return { items, scanned, bytes, lastKey: last };
  }
  return { items, scanned, bytes, lastKey: undefined };
}

export function pick<Value extends object>(item: Item<Value>, names: readonly string[]): Item<Value> {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
