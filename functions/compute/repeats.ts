/**
 * Finds repeats that SQS did not drop.
 *
 * SQS drops a message if it saw its deduplication id within five minutes. So a repeat that arrives was sent more than five
 * minutes after the first send of its readings, and that was after the request entered the requests queue. A message that
 * was sent within five minutes of that moment cannot be a repeat. All other messages are suspects, and only for suspects
 * are the pages of receipts read. Both times are SQS's own, so no local clock matters. Pages are also read for a message
 * that may be a redelivery by its sequence number and has no receipt in the item (proof.ts). These are few, because no
 * message of a group overtakes a redelivery. If the submitter chose the id of a request, the request may have been submitted
 * before, so its messages are always suspects.
 */
import { DEDUPLICATION_WINDOW_MS } from '../limits.ts';
import type { KeyItem } from '../state.ts';
import type { StateStore } from '../state-store.ts';
import type { Arrival, FromQueue } from './arrival.ts';
import type { CacheEntry, SeenReceipts } from './cache.ts';
import { checkPages } from './check-pages.ts';
import type { Ordering } from './ordering.ts';
import { isInItem, mayBeRedelivery } from './proof.ts';

/** The clocks of different SQS hosts may differ a little. */
const CLOCK_MARGIN_MS = 30_000;

export function isSuspect({ sentAt, message }: Arrival): boolean {
  return sentAt - message.since > DEDUPLICATION_WINDOW_MS - CLOCK_MARGIN_MS;
}

/**
 * The earliest send time of a message that may have left a proof for this arrival: for a repeat the time of its request,
 * for a redelivery its own send time. Undefined if no page need be read.
 */
function provenSince(arrival: Arrival, item: KeyItem): number | undefined {
  if (isSuspect(arrival)) return arrival.message.since - CLOCK_MARGIN_MS;
  if (!mayBeRedelivery(arrival, item) || isInItem(arrival, item)) return undefined;
  return arrival.sentAt - CLOCK_MARGIN_MS;
}

/** The receipts in pages that these arrivals need. They are read once; the cache entry then keeps them. */
export async function loadSeen(
  entry: CacheEntry | undefined,
  arrivals: readonly Arrival[],
  store: StateStore,
): Promise<SeenReceipts | undefined> {
  if (entry === undefined) return undefined;
  const { item, seen } = entry;
  const times = item.pages === 0 ? [] : arrivals.flatMap((arrival) => provenSince(arrival, item) ?? []);
  if (times.length === 0) return seen;
  const since = Math.min(...times);
  const useful = seen !== undefined && seen.since <= since ? seen : undefined;
  if (useful !== undefined && useful.pages >= item.pages) return useful;
  // The known receipts cover everything sent since `useful.since`, so the pages that are added must cover it too.
  const from = useful?.since ?? since;
  const range = { after: useful?.pages ?? 0, upTo: item.pages, since: from };
  const pages = await store.pages(item.key, item.lineage, range);
  checkPages(item, range, pages, Math.max(...arrivals.map(({ sentAt }) => sentAt)));
  const receipts = useful?.receipts ?? new Set<string>();
  for (const page of pages) for (const receipt of page.receipts) receipts.add(receipt);
  return { since: from, pages: item.pages, receipts };
}

/**
 * Adds the base's receipts after a commit that moved them to a page, so that the page is not read again. The entries of a
 * key share this set. It only gains committed receipts, so it is safe to change it in place.
 */
export function seenAfter(
  seen: SeenReceipts | undefined,
  base: KeyItem,
  next: KeyItem,
): SeenReceipts | undefined {
  if (seen === undefined || seen.pages !== base.pages || next.pages === base.pages) return seen;
  for (const receipt of base.receipts) seen.receipts.add(receipt);
  return { ...seen, pages: next.pages };
}

/**
 * The places of arrivals that are parked already. In request order all repeats of a message share a place. Normally only
 * suspects can be repeats, so only their places are read. The exception: SQS moved a message to the dead-letter queue though
 * it had been parked, and it was redriven within five minutes. Then its place is taken and the commit fails. So after a
 * conflict (`all`) every place is read, and at a redelivery too, because the invocation may have had no time to try again.
 */
export async function loadPlaces(
  item: KeyItem | undefined,
  arrivals: readonly FromQueue[],
  ordering: Ordering,
  all: boolean,
  store: StateStore,
): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  if (item === undefined || item.parked === 0) return places;
  const looked = (arrival: FromQueue) => all || isSuspect(arrival) || arrival.attempts > 1;
  for (const arrival of arrivals.filter(looked)) {
    const place = ordering.sharedPlaceOf(arrival);
    if (place === undefined || place < item.parkedFirst) continue;
    const [found] = await store.parked(item.key, item.lineage, place, 1);
    if (found?.place === place) places.add(place);
  }
  return places;
}
