/** The storage of a table: in memory for the simulation, in SQLite for the local run. */
import { compareText } from './attribute.ts';
import type { Item } from './item.ts';

export interface TableKeys {
  readonly partition: string;
  readonly sort: string | undefined;
}

export interface RowKey {
  readonly pk: string;
  /** '' in a table without a sort key. */
  readonly sk: string;
}

export interface Row<Value extends object = object> extends RowKey {
  readonly item: Item<Value>;
}

/** Part of a partition, inclusive at both ends, in the order of the sort keys' UTF-8 bytes or backwards. */
export interface Range {
  readonly pk: string;
  readonly first: string;
  /** Undefined for the end of the partition. */
  readonly last: string | undefined;
  readonly backwards: boolean;
  /** Continues after this sort key. */
  readonly after: string | undefined;
}

export interface Rows<Value extends object = object> {
  get(key: RowKey): Item<Value> | undefined;
  set(key: RowKey, item: Item<Value>): void;
  delete(key: RowKey): void;
  range(range: Range): Iterable<Row<Value>>;
  /** Every row once, in an order that is stable while no row is added. */
  all(after: RowKey | undefined): Iterable<Row<Value>>;
}

export function createMemoryRows<Value extends object>(): Rows<Value> {
  const partitions = new Map<string, { items: Map<string, Item<Value>>; sorted: string[] | undefined }>();

  function* partitionRows(pk: string, backwards: boolean): Iterable<Row<Value>> {
    const partition = partitions.get(pk);
    if (partition === undefined) return;
    partition.sorted ??= [...partition.items.keys()].sort(compareText);
    for (const sk of backwards ? partition.sorted.toReversed() : partition.sorted) {
      const item = partition.items.get(sk);
      if (item !== undefined) yield { pk, sk, item };
    }
  }

  return {
    get: ({ pk, sk }) => partitions.get(pk)?.items.get(sk),
    set({ pk, sk }, item) {
      let partition = partitions.get(pk);
      if (partition === undefined) {
        partition = { items: new Map(), sorted: undefined };
        partitions.set(pk, partition);
      }
      if (!partition.items.has(sk)) partition.sorted = undefined;
      partition.items.set(sk, item);
    },
    delete({ pk, sk }) {
      const partition = partitions.get(pk);
      if (partition?.items.delete(sk)) partition.sorted = undefined;
      if (partition?.items.size === 0) partitions.delete(pk);
    },
    *range({ pk, first, last, backwards, after }) {
      for (const row of partitionRows(pk, backwards)) {
        if (compareText(row.sk, first) < 0 || (last !== undefined && compareText(row.sk, last) > 0)) continue;
        if (after !== undefined && compareText(row.sk, after) * (backwards ? -1 : 1) <= 0) continue;
        yield row;
      }
    },
    *all(after) {
      const pks = [...partitions.keys()].sort(compareText);
      for (const pk of pks) {
        if (after !== undefined && compareText(pk, after.pk) < 0) continue;
        for (const row of partitionRows(pk, false)) {
          if (after !== undefined && pk === after.pk && compareText(row.sk, after.sk) <= 0) continue;
          yield row;
        }
      }
    },
  };
}
