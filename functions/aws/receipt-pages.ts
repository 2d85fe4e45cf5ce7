/** Encodes and decodes receipts and their pages. */
import { EXPIRY, PARTITION_KEY, SORT_KEY } from '../item-names.ts';
import type { ReceiptsPage } from '../state-store.ts';
import {
  expiry,
  numberAttribute,
  numberOf,
  optionalNumberOf,
  present,
  stringOf,
} from './attribute-values.ts';
import type { Item } from './attributes.ts';

/** Packs receipts at 12 bytes each. */
export function packReceipts(receipts: readonly string[]): Uint8Array {
  return Buffer.from(receipts.join(''), 'base64url');
}

export function unpackReceipts(bytes: Uint8Array | undefined): string[] {
  if (bytes === undefined) return [];
  const text = Buffer.from(bytes).toString('base64url');
  return text.match(/.{16}/g) ?? [];
}

export function pageSortKey(lineage: string, page: number): string {
  return `page/${lineage}/${String(page).padStart(10, '0')}`;
}

export function encodePage(page: ReceiptsPage): Item {
  return present({
    [PARTITION_KEY]: { S: page.key },
    [SORT_KEY]: { S: pageSortKey(page.lineage, page.page) },
    sentAt: numberAttribute(page.sentAt),
    before: page.before === undefined ? undefined : numberAttribute(page.before),
    receipts: { B: packReceipts(page.receipts) },
    [EXPIRY]: numberAttribute(expiry(page.sentAt)),
  });
}

export function decodePage(item: Item): ReceiptsPage {
  const [, lineage = '', page = ''] = stringOf(item, SORT_KEY).split('/');
  return {
    key: stringOf(item, PARTITION_KEY),
    lineage,
    page: Number(page),
    sentAt: numberOf(item, 'sentAt'),
    before: optionalNumberOf(item, 'before'),
    receipts: unpackReceipts(item['receipts']?.B),
  };
}
