/** I6 receipts: each effect has a receipt in the item or in a page, and each receipt stands for an effect. */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { droppedReceiptOf } from '../../functions/message-ids.ts';
import { isComplete, isSettled, type KeyFacts } from './facts.ts';
import type { Break, LandedCommit, Unparked } from './landed-commit.ts';
import { type MessageFacts, requestsIn, type SlotFacts } from './message-facts.ts';

export function checkReceipts(
  facts: KeyFacts,
  { before, after, page }: LandedCommit,
  completed: ReadonlySet<MessageFacts>,
  broken: Break,
): void {
  const held = new Set(receiptsOf(after));
  const pages = Number(after['pages']?.N ?? 0);
  if (pages !== Number(before?.['pages']?.N ?? 0)) for (const receipt of page(pages)) held.add(receipt);
  for (const receipt of receiptsOf(before)) {
    if (!held.has(receipt)) broken('I6 receipts', `receipt ${receipt} left the item and is in no page`);
  }
  const has = (receipt: string) => held.has(receipt) || facts.receipts.has(receipt);
  for (const message of completed) {
    // A copy of readings that a forget dropped is parked separately, and leaves with the receipt of the drop.
    const isCopy = message.slots.every(({ slot }) => facts.dropped.has(slot));
    if (!has(message.receipt) && !(isCopy && has(droppedReceiptOf(message.receipt)))) {
      broken(
        'I6 receipts',
        `${requestsIn(message)}: message ${message.identity} took effect without a receipt`,
      );
    }
  }
  for (const receipt of held) {
    if (facts.receipts.has(receipt)) continue;
    facts.receipts.add(receipt);
    const [message] = facts.versions.get(facts.identities.get(receipt) ?? '') ?? [];
    // A receipt without an effect hides a loss.
    if (message !== undefined && !isSettled(facts, message)) {
      broken(
        'I6 receipts',
        `${requestsIn(message)}: message ${message.identity} has a receipt and no effect`,
      );
    }
  }
}

/**
 * Messages that a commit completed. A reading that was set aside and comes back alone is treated separately,
 * and a parked message gets its receipt when it leaves.
 */
export function completedBy(
  facts: KeyFacts,
  dealt: readonly SlotFacts[],
  unparked: readonly Unparked[],
  late: readonly MessageFacts[],
): Set<MessageFacts> {
  const without = new Set([...facts.parked.values(), ...late].map(({ identity }) => identity));
  const messages = [
    ...dealt.flatMap(({ content }) => facts.contents.get(content)?.message ?? []),
    ...unparked.map(({ message }) => message),
  ];
  return new Set(
    messages.filter(
      (message) =>
        message.kind === 'readings' &&
        !message.single &&
        !without.has(message.identity) &&
        isComplete(facts, message),
    ),
  );
}

/** Items are immutable, and each is looked up as the new item, as the previous item and at every repeat. */
const receipts = new WeakMap<Item, readonly string[]>();

export function receiptsOf(item: Item | undefined): readonly string[] {
  const bytes = item?.['receipts']?.B;
  if (item === undefined || bytes === undefined) return [];
  const known = receipts.get(item);
  if (known !== undefined) return known;
  const text = Buffer.from(bytes).toString('base64url');
  const list = Array.from({ length: text.length / 16 }, (_, index) =>
    text.slice(index * 16, index * 16 + 16),
  );
  receipts.set(item, list);
  return list;
}
