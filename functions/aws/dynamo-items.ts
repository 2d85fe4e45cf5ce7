/**
 * How items look in the table, both ways. Partition key `pk` is the key itself; sort key `sk` says what the item is:
 * `state`, `page/<lineage>/<number>`, `parked/<lineage>/<place>`, `dead/<id>`, or `trial` (dynamo-trials.ts).
 *
 * The state is one JSON string: exact, compact, and without the surprises of DynamoDB's own numbers and maps.
 * Attributes of the state item that this build does not know are written back as they were; a newer format is refused,
 * not overwritten.
 */

import { NewerFormatError } from '../errors.ts';
import {
  DEAD_SORT_KEY_PREFIX,
  EXPIRY,
  OUTPUTS,
  PARTITION_KEY,
  SORT_KEY,
  STATE_SORT_KEY,
} from '../item-names.ts';
import { encodeJson, isRecord } from '../json.ts';
import { RECEIPT_REACH_DAYS } from '../limits.ts';
import { quoted } from '../shorten.ts';
import {
  type DeadReading,
  type Forgotten,
  formatOf,
  type HistoryEntry,
  ITEM_FORMAT,
  isTombstone,
  type KeyItem,
  type OpenRequest,
  type ParkedMessage,
  type PartlyApplied,
  type Position,
  type ReceiptsPage,
  type Stopped,
} from '../state.ts';
import { attributesToText, type Item, textToAttributes } from './attributes.ts';

export type { Item };

export function encodeItem(item: KeyItem): Item {
  return {
    ...textToAttributes(item.others),
    [PARTITION_KEY]: { S: item.key },
    [SORT_KEY]: { S: STATE_SORT_KEY },
    format: { N: String(formatOf(item)) },
    lineage: { S: item.lineage },
    version: { N: String(item.version) },
    ...(item.state === undefined ? { unbegun: { N: '1' } } : { state: { S: item.state } }),
    ...(item.stateVersion === 1 ? {} : { stateVersion: { N: String(item.stateVersion) } }),
    sequenceNumber: { S: item.sequenceNumber },
    sentAt: { N: String(item.sentAt) },
    applied: { N: String(item.counts.applied) },
    receipts: { B: packReceipts(item.receipts) },
    ...(item.counts.skipped === 0 ? {} : { skipped: { N: String(item.counts.skipped) } }),
    ...(item.lastSkip === '' ? {} : { lastSkip: { S: item.lastSkip } }),
    ...(item.counts.dead === 0 ? {} : { dead: { N: String(item.counts.dead) } }),
    ...(item.pages === 0 ? {} : { pages: { N: String(item.pages) } }),
    ...(item.pages === 0 || item.pagesSentAt === undefined
      ? {}
      : { pagesSentAt: { N: String(item.pagesSentAt) } }),
    ...(item.next.sequence === 1 && item.next.chunk === 0 ? {} : { next: { S: JSON.stringify(item.next) } }),
    ...(item.parked === 0
      ? {}
      : { parked: { N: String(item.parked) }, parkedFirst: { S: item.parkedFirst } }),
    ...(item.stopped === undefined ? {} : { stopped: { S: JSON.stringify(item.stopped) } }),
    ...(item.open.length === 0 ? {} : { open: { S: JSON.stringify(item.open) } }),
    ...(item.partly.length === 0 ? {} : { partly: { S: JSON.stringify(item.partly) } }),
    ...(item.forgotten === undefined ? {} : { forgotten: { S: JSON.stringify(item.forgotten) } }),
    ...(item.history.length === 0 ? {} : { history: { S: JSON.stringify(item.history) } }),
    ...(isTombstone(item) ? { [EXPIRY]: { N: String(expiry(item.sentAt)) } } : {}),
    ...(item.outputs.length === 0 ? {} : { [OUTPUTS]: { S: `[${item.outputs.join(',')}]` } }),
  };
}

export function decodeItem(item: Item): KeyItem {
  const format = numberOf(item, 'format');
  if (format > ITEM_FORMAT) {
    throw new NewerFormatError(
      `item format ${format} of key ${quoted(stringOf(item, PARTITION_KEY))}, this build knows ${ITEM_FORMAT}`,
    );
  }
  return {
    key: stringOf(item, PARTITION_KEY),
    lineage: stringOf(item, 'lineage'),
    version: numberOf(item, 'version'),
    // An item that merely lacks its state is damaged: to begin anew would lose what it held.
    state: item['unbegun'] !== undefined ? undefined : stringOf(item, 'state'),
    stateVersion: numberOf(item, 'stateVersion', 1),
    sequenceNumber: stringOf(item, 'sequenceNumber'),
    sentAt: numberOf(item, 'sentAt'),
    receipts: unpackReceipts(item['receipts']?.B),
    counts: {
      applied: numberOf(item, 'applied'),
      skipped: numberOf(item, 'skipped', 0),
      dead: numberOf(item, 'dead', 0),
    },
    lastSkip: item['lastSkip']?.S ?? '',
    pages: numberOf(item, 'pages', 0),
    pagesSentAt: item['pages'] === undefined ? 0 : optionalNumberOf(item, 'pagesSentAt'),
    next: decodeNext(item['next']?.S),
    parked: numberOf(item, 'parked', 0),
    parkedFirst: item['parkedFirst']?.S ?? '',
    stopped: decodeStopped(item['stopped']?.S),
    open: listOf(item['open']?.S, decodeOpen),
    partly: listOf(item['partly']?.S, decodePartly),
    forgotten: decodeForgotten(item['forgotten']?.S),
    history: listOf(item['history']?.S, decodeHistory),
    outputs: decodeOutputs(item[OUTPUTS]?.S ?? '[]'),
    others: attributesToText(othersOf(item)),
  };
}

/** What decodeItem reads. Whatever is missing here would be kept for ever, also where encodeItem leaves it out. */
const KNOWN: ReadonlySet<string> = new Set([
  PARTITION_KEY,
  SORT_KEY,
  'format',
  'lineage',
  'version',
  'state',
  'stateVersion',
  'sequenceNumber',
  'sentAt',
  'receipts',
  'pages',
  'applied',
  'skipped',
  'dead',
  'lastSkip',
  'next',
  'parked',
  'parkedFirst',
  'stopped',
  'open',
  'partly',
  OUTPUTS,
  'unbegun',
  'pagesSentAt',
  'forgotten',
  'history',
  EXPIRY,
]);

function othersOf(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !KNOWN.has(name)));
}

export function pageSortKey(lineage: string, page: number): string {
  return `page/${lineage}/${String(page).padStart(10, '0')}`;
}

export function encodePage(page: ReceiptsPage): Item {
  return {
    [PARTITION_KEY]: { S: page.key },
    [SORT_KEY]: { S: pageSortKey(page.lineage, page.page) },
    sentAt: { N: String(page.sentAt) },
    ...(page.before === undefined ? {} : { before: { N: String(page.before) } }),
    receipts: { B: packReceipts(page.receipts) },
    [EXPIRY]: { N: String(expiry(page.sentAt)) },
  };
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

export function parkedSortKey(lineage: string, place: string): string {
  return `parked/${lineage}/${place}`;
}

/** Without an expiry: a parked message is the only copy of what it carries. */
export function encodeParked(key: string, lineage: string, parked: ParkedMessage): Item {
  return {
    [PARTITION_KEY]: { S: key },
    [SORT_KEY]: { S: parkedSortKey(lineage, parked.place) },
    messageId: { S: parked.messageId },
    body: { S: parked.body },
    sentAt: { N: String(parked.sentAt) },
    attempts: { N: String(parked.attempts) },
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
    attempts: { N: String(dead.attempts) },
    [EXPIRY]: { N: String(expiry(dead.sentAt)) },
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
    sentAt: (numberOf(item, EXPIRY) - RECEIPT_REACH_DAYS * DAY_SECONDS) * 1000,
  };
}

const DAY_SECONDS = 86_400;

/** When the table may drop the item: epoch seconds, well after the longest time that a repeat can take. */
export function expiry(sentAt: number): number {
  return Math.ceil(sentAt / 1000) + RECEIPT_REACH_DAYS * DAY_SECONDS;
}

/** 12 bytes each, one after the other. */
function packReceipts(receipts: readonly string[]): Uint8Array {
  return Buffer.from(receipts.join(''), 'base64url');
}

function unpackReceipts(bytes: Uint8Array | undefined): string[] {
  if (bytes === undefined) return [];
  const text = Buffer.from(bytes).toString('base64url');
  return text.match(/.{16}/g) ?? [];
}

function listOf<Value>(text: string | undefined, decode: (value: unknown) => Value | undefined): Value[] {
  const value = text === undefined ? [] : parseText(text);
  return Array.isArray(value) ? value.flatMap((element) => decode(element) ?? []) : [];
}

function decodePartly(value: unknown): PartlyApplied | undefined {
  if (!isRecord(value)) return undefined;
  const { receipt, count } = value;
  return typeof receipt === 'string' && typeof count === 'number' ? { receipt, count } : undefined;
}

function decodeOpen(value: unknown): OpenRequest | undefined {
  if (!isRecord(value)) return undefined;
  const { request, read } = value;
  return typeof request === 'string' && typeof read === 'string' ? { request, read } : undefined;
}

function decodeForgotten(text: string | undefined): Forgotten | undefined {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return undefined;
  const after = value['after'] === 'skip' ? 'skip' : 'begin';
  return { version: Number(value['version']), at: Number(value['at']), after };
}

function decodeHistory(value: unknown): HistoryEntry | undefined {
  if (!isRecord(value)) return undefined;
  const { word, version, at, id, reason } = value;
  return {
    word: word === 'forget' ? 'forget' : 'reset',
    version: Number(version),
    at: Number(at),
    id: String(id),
    reason: String(reason),
  };
}

function decodeNext(text: string | undefined): Position {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return { sequence: 1, chunk: 0 };
  return { sequence: Number(value['sequence']), chunk: Number(value['chunk']) };
}

function decodeStopped(text: string | undefined): Stopped | undefined {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return undefined;
  return {
    receipt: String(value['receipt']),
    index: Number(value['index']),
    reason: String(value['reason']),
  };
}

function decodeOutputs(text: string): string[] {
  const value = parseText(text);
  return Array.isArray(value) ? value.map((output) => encodeJson(output, 'an output')) : [];
}

/** JSON.parse would quote the text in its error, and errors are logged. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('an attribute of an item of the table is not the JSON that Weir wrote');
  }
}

function stringOf(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new Error(`an item of the table has no string ${name}`);
  return value;
}

function optionalNumberOf(item: Item, name: string): number | undefined {
  return item[name] === undefined ? undefined : numberOf(item, name);
}

function numberOf(item: Item, name: string, missing?: number): number {
  const value = item[name]?.N ?? missing;
  if (value === undefined) throw new Error(`an item of the table has no number ${name}`);
  return Number(value);
}
