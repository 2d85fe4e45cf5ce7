/**
 * Requests of several messages that are still open: the item lists them until the last message has taken
 * effect.
 */
import { isRecord } from '../../functions/json.ts';
import type { KeyFacts } from './facts.ts';

/**
 * Requests (by their first named reading) that the item lists as open although the last message has its
 * receipt.
 */
export function openForEver(facts: KeyFacts): string[] {
  const text = facts.item?.['open']?.S;
  const list: unknown = text === undefined ? [] : JSON.parse(text);
  const open = new Set(Array.isArray(list) ? list.map((entry) => isRecord(entry) && entry['request']) : []);
  if (open.size === 0) return [];
  return [...facts.versions.values()].flat().flatMap((message) => {
    const isLast = !message.single && message.of > 1 && message.place.chunk === message.of - 1;
    return isLast && open.has(message.requestHash) && facts.receipts.has(message.receipt)
      ? message.identity
      : [];
  });
}
