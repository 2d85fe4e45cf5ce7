/**
 * Checks that all needed pages of the item were found. If an item was restored without its pages, every repeat would look
 * new. So messages whose receipts may be in a missing page go back to the queue until the pages are restored.
 */
import { GiveBackError } from '../errors.ts';
import { RECEIPT_REACH_DAYS, RETENTION_DAYS } from '../limits.ts';
import type { KeyItem } from '../state.ts';
import type { PageRange, ReceiptsPage } from '../state-store.ts';

/** A page is not required if it is older than this, measured from the newest message: the table may have expired it. */
const SURELY_KEPT_MS = (RECEIPT_REACH_DAYS - RETENTION_DAYS) * 86_400_000;

/** `pages`: newest first. `askedAt`: send time of the newest message that needs them (epoch ms, SQS's clock). */
export function checkPages(
  item: KeyItem,
  { after, since }: PageRange,
  pages: readonly ReceiptsPage[],
  askedAt: number,
): void {
  const neededFrom = Math.max(since, askedAt - SURELY_KEPT_MS);
  let next = item.pages;
  let nextSentAt = item.pagesSentAt;
  // Each page stores the send time of the page before it, so a page need not be found to know whether it is needed.
  const isNeeded = () => next > after && nextSentAt !== undefined && nextSentAt >= neededFrom;
  for (const { page, before } of pages) {
    if (page !== next && isNeeded()) break;
    next = page - 1;
    nextSentAt = before;
  }
  if (!isNeeded()) return;
  throw new GiveBackError(
    `page ${next} of the receipts of this key is not in the table, so Weir cannot tell which messages were applied: ` +
      'its item was restored without its pages. See "An item and its pages do not fit" in docs/runbook.md',
  );
}
