/**
 * Counts AWS calls by operation and by caller (a function, an event source mapping), and the units that AWS
 * bills: one call may be several requests or several units.
 */
import type { Usage } from '../bill/bill.ts';
import type { Billed } from '../bill/prices.ts';

export interface Calls {
  add(caller: string, operation: string, count?: number): void;
  /** `detail` names the user on the bill's line. */
  use(item: Billed, detail: string, quantity: number): void;
  /** `{"DynamoDB.PutItem": 12}`, sorted by name. */
  byOperation(): Record<string, number>;
  byCaller(): Record<string, Record<string, number>>;
  usage(): Usage[];
}

export function createCalls(): Calls {
  const callers = new Map<string, Map<string, number>>();
  const used = new Map<Billed, Map<string, number>>();
  return {
    add: (caller, operation, count = 1) => increase(callers, caller, operation, count),
    use: (item, detail, quantity) => increase(used, item, detail, quantity),
    byOperation() {
      const totals = new Map<string, number>();
      for (const operations of callers.values()) {
        for (const [operation, count] of operations) {
          totals.set(operation, (totals.get(operation) ?? 0) + count);
        }
      }
      return toRecord(totals);
    },
    byCaller: () =>
      Object.fromEntries([...callers].map(([caller, operations]) => [caller, toRecord(operations)])),
    usage: () =>
      [...used].flatMap(([item, details]) =>
        [...details].map(([detail, quantity]) => ({ item, detail, quantity })),
      ),
  };
}

function increase<Outer>(
  table: Map<Outer, Map<string, number>>,
  outer: Outer,
  inner: string,
  by: number,
): void {
  let row = table.get(outer);
  if (row === undefined) {
    row = new Map();
    table.set(outer, row);
  }
  row.set(inner, (row.get(inner) ?? 0) + by);
}

function toRecord(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
