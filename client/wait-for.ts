/**
 * Waits until the table proves the outcome of a request for some keys. It polls the items of the keys. Pages of receipts
 * and dead letters are read only if the item shows that there are new ones.
 */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../functions/aws/dynamo-items.ts';
import { decodeDead } from '../functions/aws/set-aside-items.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { DEAD_SORT_KEY_PREFIX, PARTITION_KEY, SORT_KEY } from '../functions/item-names.ts';
import { checkKey } from '../functions/message-ids.ts';
import { checkRequestId } from '../functions/outgoing-request.ts';
import type { Clock } from '../functions/ports.ts';
import type { Counts } from '../functions/state.ts';
import type { StateStore } from '../functions/state-store.ts';
import { type DeadOfRequest, isUntouched, type Outcome, outcomeOf } from './outcome.ts';

export interface WaitOptions {
  /** The keys for which readings of the request are awaited. A pipeline without keys has the one key `all`. */
  readonly keys: readonly string[];
  /** Default: 30 seconds. 0 looks once. */
  readonly timeoutMs?: number;
  /**
   * When the request was submitted (epoch ms). Receipts that are more than five minutes older are not read. Default: all
   * receipts are read, which are many for a busy key.
   */
  readonly since?: number;
  /** Ends the wait early, with the outcomes known so far. */
  readonly signal?: AbortSignal;
}

export interface Waited {
  /** True if no key has the outcome `waiting`. */
  readonly settled: boolean;
  /** The outcomes in the order of the given keys. */
  readonly keys: readonly KeyOutcome[];
}

export type KeyOutcome = { readonly key: string } & Outcome;

export interface WaitPorts {
  readonly dynamo: DynamoDBClient;
  readonly tableName: string;
  readonly store: StateStore;
  readonly clock: Clock;
}

const TIMEOUT_MS = 30_000;
const FIRST_LOOK_MS = 100;
const LOOK_MS_MAX = 2_000;
/** This machine's clock and SQS's may differ by this much. */
const CLOCK_MARGIN_MS = 5 * 60_000;
const ZERO: Counts = { applied: 0, skipped: 0, dead: 0 };

export async function waitForRequest(
  requestId: string,
  { keys, timeoutMs = TIMEOUT_MS, since = 0, signal }: WaitOptions,
  ports: WaitPorts,
): Promise<Waited> {
  const request = checkRequestId(requestId);
  const receiptsSince = Math.max(0, since - CLOCK_MARGIN_MS);
  const looks = keys.map((key) => watchKey(request, checkKey(key, 'a key'), receiptsSince, ports));
  const { clock } = ports;
  const until = clock.now() + timeoutMs;
  for (let delay = FIRST_LOOK_MS; ; delay = Math.min(LOOK_MS_MAX, delay * 1.5)) {
    const found = await Promise.all(looks.map((look) => look()));
    const settled = found.every(({ outcome }) => outcome !== 'waiting');
    const left = until - clock.now();
    if (settled || left <= 0 || signal?.aborted) return { settled, keys: found };
    await clock.sleep(Math.min(delay, left), signal);
  }
}

/** Returns a function that reads the table and returns the current outcome of the request for a key. */
function watchKey(request: string, key: string, since: number, ports: WaitPorts): () => Promise<KeyOutcome> {
  let known = nothingOf('');
  let outcome: Outcome | undefined;
  return async () => {
    if (outcome !== undefined && outcome.outcome !== 'waiting') return { key, ...outcome };
    const item = await ports.store.load(key);
    if (item === undefined) return { key, outcome: 'waiting', parked: 0, stopped: undefined };
    if (item.lineage !== known.lineage) known = nothingOf(item.lineage);
    if (item.pages > known.pages) {
      // Pages above `item.pages` could prove readings that the rest of this item does not include yet.
      const range = { after: known.pages, upTo: item.pages, since };
      const pages = await ports.store.pages(key, item.lineage, range);
      for (const { receipts } of pages) for (const receipt of receipts) known.paged.add(receipt);
      known.pages = item.pages;
    }
    if (item.counts.dead > known.deadCount) {
      known.dead = await loadDead(request, key, ports);
      known.deadCount = item.counts.dead;
    }
    const evidence = { item, receipts: new Set([...known.paged, ...item.receipts]), dead: known.dead };
    if (isUntouched(request, evidence)) known.before = item.counts;
    outcome = outcomeOf(request, { ...evidence, before: known.before });
    return { key, ...outcome };
  };
}

/** The initial values, also for a key that was deleted and created again, whose counts start again. */
function nothingOf(lineage: string) {
  const dead: readonly DeadOfRequest[] = [];
  return { lineage, pages: 0, paged: new Set<string>(), deadCount: 0, dead, before: ZERO };
}

/** Dead letters of the request. The table keeps copies for 70 days, even if they were redriven or discarded. */
async function loadDead(
  request: string,
  key: string,
  { dynamo, tableName }: WaitPorts,
): Promise<DeadOfRequest[]> {
  const found: DeadOfRequest[] = [];
  let from: Item | undefined;
  do {
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: `${PARTITION_KEY} = :key AND begins_with(${SORT_KEY}, :dead)`,
        ExpressionAttributeValues: {
          ':key': { S: key },
          ':dead': { S: DEAD_SORT_KEY_PREFIX },
        },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    for (const item of answer.Items ?? []) {
      const { body, reason, sentAt, stage } = decodeDead(item);
      // Dead letters of other stages are messages that Weir did not write.
      if (stage !== 'compute') continue;
      const message = decodeMessage(body);
      if (message.request === request) found.push({ message, reason, sentAt });
    }
    from = answer.LastEvaluatedKey;
  } while (from !== undefined);
  return found;
}
