/** Counts AWS calls, by operation and by who made them: a function, an event source mapping. */
export interface Calls {
  add(caller: string, operation: string, count?: number): void;
  /** `{"DynamoDB.PutItem": 12}`, sorted by name. */
  byOperation(): Record<string, number>;
  byCaller(): Record<string, Record<string, number>>;
}

export function createCalls(): Calls {
  const callers = new Map<string, Map<string, number>>();
  return {
    add(caller, operation, count = 1) {
      let operations = callers.get(caller);
      if (operations === undefined) {
        operations = new Map();
        callers.set(caller, operations);
      }
      operations.set(operation, (operations.get(operation) ?? 0) + count);
    },
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
  };
}

function toRecord(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
