/**
 * Finds repeats that SQS did not drop.
 *
 * SQS drops a message if it saw its deduplication id within five minutes. So a repeat that arrives was sent more than five
 * minutes after the first send of its readings, which came after the request entered the requests queue. A message that was
 * sent within five minutes of that moment cannot be a repeat and costs nothing. The others are suspects, and only they pay
 * for a look into the pages of receipts. Both times are SQS's own, so no local clock matters. Messages whose sequence
 * number may be that of a redelivery, and whose receipt is not in the item, pay too (proof.ts). They are few, because
 * nothing of a group overtakes a redelivery. A request with an id of its submitter may have been submitted before, so its
 * messages are always suspects.
 */
import { DEDUPLICATION_WINDOW_MS } from '../limits.ts';
import type { KeyItem, StateStore } from '../state.ts';
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
 * The earliest send time of a message that may have left a proof about this arrival: a repeat was not sent before its
 * request, its own delivery not before itself. Undefined if only the item can prove anything.
 */
function provenSince(arrival: Arrival, item: KeyItem): number | undefined {
  if (isSuspect(arrival)) return arrival.message.since - CLOCK_MARGIN_MS;
  if (!mayBeRedelivery(arrival, item) || isInItem(arrival, item)) return undefined;
  return arrival.sentAt - CLOCK_MARGIN_MS;
}

/** The receipts to look through for these arrivals, beyond those in the item: read once, then kept by the entry. */
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
  // What is at hand covers all that was sent since `useful.since`; so must what is added to it.
  const from = useful?.since ?? since;
  const range = { after: useful?.pages ?? 0, upTo: item.pages, since: from };
  const pages = await store.pages(item.key, item.lineage, range);
  checkPages(item, range, pages, Math.max(...arrivals.map(({ sentAt }) => sentAt)));
  const receipts = useful?.receipts ?? new Set<string>();
  for (const page of pages) for (const receipt of page.receipts) receipts.add(receipt);
  return { since: from, pages: item.pages, receipts };
}

/**
 * After a commit that rolled the base's receipts into a page, that page need not be read back. The set is shared by
 * the entries of a key and only ever grows by receipts that are committed, so adding to it in place is safe.
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
 * Which of the arrivals are parked already. In request order a place is the request's, so a repeat would park it
 * twice; as a rule only suspects can be repeats, so only they pay for a look. The exception is a message that SQS itself
 * gave up, though it had been parked, and that was redriven within five minutes: its place is taken, the commit fails,
 * and then all of them are looked up, and whenever they come again: there may be no time for a second try.
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
