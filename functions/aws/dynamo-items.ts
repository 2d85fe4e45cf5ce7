/**
 * Encodes and decodes state items. The partition key `pk` of an item is the key itself. The sort key `sk` tells the kind of
 * item: `state` (here), `page/<lineage>/<number>` (receipt-pages.ts), `parked/<lineage>/<place>` and `dead/<id>`
 * (set-aside-items.ts), `trial` (dynamo-trials.ts) or `shadow` (dynamo-shadows.ts).
 *
 * The state is one JSON string, which is exact and compact and avoids DynamoDB's own numbers and maps. Unknown attributes of a
 * state item are written back unchanged. A newer format is refused, not overwritten.
 */

import { NewerFormatError } from '../errors.ts';
import { EXPIRY, OUTPUTS, PARTITION_KEY, SORT_KEY, STATE_SORT_KEY, WAKING } from '../item-names.ts';
import { quoted } from '../shorten.ts';
import { formatOf, ITEM_FORMAT, isTombstone, type KeyItem } from '../state.ts';
import {
  expiry,
  numberAttribute,
  numberOf,
  optionalNumberOf,
  present,
  stringOf,
} from './attribute-values.ts';
import { attributesToText, type Item, textToAttributes } from './attributes.ts';
import { decodeNotes, encodeNotes } from './commit-notes.ts';
import {
  chainsAttribute,
  decodeChains,
  decodeForgotten,
  decodeGapTimer,
  decodeHistory,
  decodeNext,
  decodeOpen,
  decodeOutputs,
  decodePartly,
  decodeStopped,
  decodeWaiting,
  decodeWakes,
  decodeWaking,
  jsonAttribute,
  listOf,
} from './json-attributes.ts';
import { packReceipts, unpackReceipts } from './receipt-pages.ts';
import { decodeTraces, tracesAttribute } from './trace-attributes.ts';

export type { Item };

export function encodeItem(item: KeyItem): Item {
  const { counts, next, pages, parked, state, stateVersion } = item;
  const atStart = next.sequence === 1 && next.chunk === 0;
  return present({
    ...textToAttributes(item.others),
    [PARTITION_KEY]: { S: item.key },
    [SORT_KEY]: { S: STATE_SORT_KEY },
    format: numberAttribute(formatOf(item)),
    lineage: { S: item.lineage },
    version: numberAttribute(item.version),
    unbegun: state === undefined ? numberAttribute(1) : undefined,
    state: state === undefined ? undefined : { S: state },
    stateVersion: stateVersion === 1 ? undefined : numberAttribute(stateVersion),
    sequenceNumber: { S: item.sequenceNumber },
    sentAt: numberAttribute(item.sentAt),
    applied: numberAttribute(counts.applied),
    receipts: { B: packReceipts(item.receipts) },
    skipped: countAttribute(counts.skipped),
    lastSkip: item.lastSkip === '' ? undefined : { S: item.lastSkip },
    dead: countAttribute(counts.dead),
    pages: countAttribute(pages),
    pagesSentAt:
      pages === 0 || item.pagesSentAt === undefined ? undefined : numberAttribute(item.pagesSentAt),
    next: atStart ? undefined : { S: JSON.stringify(next) },
    parked: countAttribute(parked),
    parkedFirst: parked === 0 ? undefined : { S: item.parkedFirst },
    stopped: jsonAttribute(item.stopped),
    waiting: jsonAttribute(item.waiting),
    gapTimer: jsonAttribute(item.gapTimer),
    open: jsonAttribute(item.open),
    partly: jsonAttribute(item.partly),
    forgotten: jsonAttribute(item.forgotten),
    history: jsonAttribute(item.history),
    commits: encodeNotes(item.commits),
    wakes: item.wakes && { S: JSON.stringify(item.wakes) },
    [WAKING]: jsonAttribute(item.waking),
    [EXPIRY]: isTombstone(item) ? numberAttribute(expiry(item.sentAt)) : undefined,
    [OUTPUTS]: item.outputs.length === 0 ? undefined : { S: `[${item.outputs.join(',')}]` },
    chains: item.chains && chainsAttribute(item.chains, item.version),
    traces: item.traces && tracesAttribute(item.traces, item.version),
  });
}

function countAttribute(count: number): Item[string] | undefined {
  return count === 0 ? undefined : numberAttribute(count);
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
    // An item that lacks both `state` and `unbegun` is damaged. A new start would lose its state, so this throws.
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
    ...decodeWaiting(item['waiting']?.S),
    ...decodeGapTimer(item['gapTimer']?.S),
    open: listOf(item['open']?.S, decodeOpen),
    partly: listOf(item['partly']?.S, decodePartly),
    forgotten: decodeForgotten(item['forgotten']?.S),
    history: listOf(item['history']?.S, decodeHistory),
    ...decodeNotes(item['commits']?.S),
    ...decodeWakes(item['wakes']?.S),
    ...decodeWaking(item[WAKING]?.S),
    outputs: decodeOutputs(item[OUTPUTS]?.S ?? '[]'),
    ...decodeChains(item['chains']?.S, numberOf(item, 'version')),
    ...decodeTraces(item['traces']?.S, numberOf(item, 'version')),
    others: attributesToText(othersOf(item)),
  };
}

/** The attributes that decodeItem reads. An attribute that is missing here would be kept for ever as unknown. */
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
  'chains',
  'traces',
  'unbegun',
  'pagesSentAt',
  'forgotten',
  'history',
  'waiting',
  'gapTimer',
  'wakes',
  'commits',
  WAKING,
  EXPIRY,
]);

function othersOf(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !KNOWN.has(name)));
}
