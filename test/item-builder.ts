/** Items of a key, and their form in the table's stream. */
import type { Item } from '../functions/aws/dynamo-items.ts';
import type { KeyItem } from '../functions/state.ts';

export function buildItem(parts: Partial<KeyItem> = {}): KeyItem {
  return {
    key: 'k',
    lineage: 'lineage00001',
    version: 1,
    state: '{}',
    stateVersion: 1,
    sequenceNumber: '1'.padStart(39, '0'),
    partly: [],
    receipts: [],
    pages: 0,
    pagesSentAt: 0,
    sentAt: 1_000_000,
    counts: { applied: 1, skipped: 0, dead: 0 },
    lastSkip: '',
    next: { sequence: 1, chunk: 0 },
    parked: 0,
    parkedFirst: '',
    stopped: undefined,
    open: [],
    forgotten: undefined,
    history: [],
    outputs: [],
    others: '',
    ...parts,
  };
}

/** Binary attributes come as base64 text in a stream event. */
export function toStreamImage(item: Item): Record<string, unknown> {
  const attributes = Object.entries(item).map(([name, value]) => [
    name,
    value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') },
  ]);
  return Object.fromEntries(attributes);
}
