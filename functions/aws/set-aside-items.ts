/** Encodes and decodes the items of parked messages and of readings that were set aside. */
import { DEAD_SORT_KEY_PREFIX, EXPIRY, PARTITION_KEY, SORT_KEY } from '../item-names.ts';
import type { DeadReading, ParkedMessage } from '../state-store.ts';
import { expiry, numberAttribute, numberOf, sentAtOfExpiry, stringOf } from './attribute-values.ts';
import type { Item } from './attributes.ts';

export function parkedSortKey(lineage: string, place: string): string {
  return `parked/${lineage}/${place}`;
}

/** Has no expiry, because a parked message is the only copy of its readings. */
export function encodeParked(key: string, lineage: string, parked: ParkedMessage): Item {
  return {
    [PARTITION_KEY]: { S: key },
    [SORT_KEY]: { S: parkedSortKey(lineage, parked.place) },
    messageId: { S: parked.messageId },
    body: { S: parked.body },
    sentAt: numberAttribute(parked.sentAt),
    attempts: numberAttribute(parked.attempts),
  };
}

export function decodeParked(item: Item): ParkedMessage {
  const [, , ...place] = stringOf(item, SORT_KEY).split('/');
  return {
    place: place.join('/'),
    messageId: stringOf(item, 'messageId'),
    body: stringOf(item, 'body'),
    sentAt: numberOf(item, 'sentAt'),
    attempts: numberOf(item, 'attempts'),
  };
}

export function encodeDead(dead: DeadReading): Item {
  return {
    [PARTITION_KEY]: { S: dead.key },
    [SORT_KEY]: { S: `${DEAD_SORT_KEY_PREFIX}${dead.id}` },
    body: { S: dead.body },
    group: { S: dead.group },
    reason: { S: dead.reason },
    stage: { S: dead.stage },
    attempts: numberAttribute(dead.attempts),
    [EXPIRY]: numberAttribute(expiry(dead.sentAt)),
  };
}

export function decodeDead(item: Item): DeadReading {
  return {
    key: stringOf(item, PARTITION_KEY),
    id: stringOf(item, SORT_KEY).slice(DEAD_SORT_KEY_PREFIX.length),
    body: stringOf(item, 'body'),
    group: stringOf(item, 'group'),
    reason: stringOf(item, 'reason'),
    stage: stringOf(item, 'stage') === 'decode' ? 'decode' : 'compute',
    attempts: numberOf(item, 'attempts'),
    sentAt: sentAtOfExpiry(numberOf(item, EXPIRY)),
  };
}
