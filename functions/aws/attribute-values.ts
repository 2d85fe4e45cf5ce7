/** Encodes and decodes single attributes of an item. */
import { RECEIPT_REACH_DAYS } from '../limits.ts';
import type { Item } from './attributes.ts';

export function numberAttribute(value: number): Item[string] {
  return { N: String(value) };
}

/** Leaves out undefined attributes: an empty attribute would be stored, and billed, with every commit. */
export function present(attributes: Readonly<Record<string, Item[string] | undefined>>): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) item[name] = value;
  return item;
}

export function stringOf(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new Error(`an item of the table has no string ${name}`);
  return value;
}

export function optionalNumberOf(item: Item, name: string): number | undefined {
  return item[name] === undefined ? undefined : numberOf(item, name);
}

export function numberOf(item: Item, name: string, missing?: number): number {
  const value = item[name]?.N ?? missing;
  if (value === undefined) throw new Error(`an item of the table has no number ${name}`);
  return Number(value);
}

const DAY_SECONDS = 86_400;

/** When the table may delete the item (epoch seconds): after the last time at which a repeat can come. */
export function expiry(sentAt: number): number {
  return Math.ceil(sentAt / 1000) + RECEIPT_REACH_DAYS * DAY_SECONDS;
}

export function sentAtOfExpiry(seconds: number): number {
  return (seconds - RECEIPT_REACH_DAYS * DAY_SECONDS) * 1000;
}
