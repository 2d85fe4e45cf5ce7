/**
 * A second build that writes formats unknown to the first and understands both, or one that keeps the formats
 * and adds an attribute to its items. The translation happens on the wire: each build sees its own items and
 * messages as in production.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { MESSAGE_FORMAT } from '../../functions/readings.ts';
import { ITEM_FORMAT } from '../../functions/state.ts';

/** From a format of this build to one that it does not know. */
const STEP = ITEM_FORMAT;

export function asNewerItem(item: Item): Item {
  const format = item['format']?.N;
  return format === undefined ? item : { ...item, format: { N: String(Number(format) + STEP) } };
}

export function isNewerItem(item: Item | undefined): item is Item {
  return Number(item?.['format']?.N ?? 0) > ITEM_FORMAT;
}

export function asOwnItem(item: Item): Item {
  return { ...item, format: { N: String(Number(item['format']?.N) - STEP) } };
}

/** The attribute that the second build adds if it keeps the format: the invocation that wrote the item. */
export const ADDED = 'writtenBy';

export function withAdded(item: Item, invocation: string): Item {
  return item['format'] === undefined ? item : { ...item, [ADDED]: { S: invocation } };
}

export function withoutAdded(item: Item): Item {
  if (item[ADDED] === undefined) return item;
  const { [ADDED]: _, ...own } = item;
  return own;
}

const VERSION = /^\{"v":(\d+),/;

export function asNewerBody(body: string): string {
  return body.replace(VERSION, (_, v: string) => `{"v":${Number(v) + MESSAGE_FORMAT},`);
}

export function isNewerBody(body: string): boolean {
  return Number(VERSION.exec(body)?.[1] ?? 0) > MESSAGE_FORMAT;
}

export function asOwnBody(body: string): string {
  return body.replace(VERSION, (_, v: string) => `{"v":${Number(v) - MESSAGE_FORMAT},`);
}
