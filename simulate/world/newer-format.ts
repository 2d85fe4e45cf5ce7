/**
 * A second build that writes formats that the first does not know, and understands both. The translation happens on the
 * wire: to each build its own items and messages look as they do in production.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
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

const VERSION = /^\{"v":(\d+),/;

export function asNewerBody(body: string): string {
  return body.replace(VERSION, (_, v: string) => `{"v":${Number(v) + STEP},`);
}

export function isNewerBody(body: string): boolean {
  return Number(VERSION.exec(body)?.[1] ?? 0) > STEP;
}

export function asOwnBody(body: string): string {
  return body.replace(VERSION, (_, v: string) => `{"v":${Number(v) - STEP},`);
}
