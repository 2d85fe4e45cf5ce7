/**
 * Waits until the table proves what became of a request at some keys. It looks at the key's item again and again; pages
 * of receipts and dead letters are read when the item says that there are new ones.
 */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../functions/aws/dynamo-items.ts';
import { decodeDead } from '../functions/aws/set-aside-items.ts';
import { DEAD_SORT_KEY_PREFIX, PARTITION_KEY, SORT_KEY } from '../functions/item-names.ts';
import { checkKey } from '../functions/message-ids.ts';
import { checkRequestId } from '../functions/outgoing-request.ts';
import type { Clock } from '../functions/ports.ts';
import { decodeMessage } from '../functions/readings.ts';
import type { Counts, StateStore } from '../functions/state.ts';
import { type DeadOfRequest, isUntouched, type Outcome, outcomeOf } from './outcome.ts';

export interface WaitOptions {
  /** The keys at which its readings are awaited. A pipeline without a key has the one key `all`. */
  readonly keys: readonly string[];
  /** Default 30 seconds; 0 looks once. */
  readonly timeoutMs?: number;
  /**
   * When the request was submitted, epoch milliseconds: receipts from more than five minutes before are not read. Default:
   * all that there are, which for a busy key are many.
   */
  readonly since?: number;
  /** Ends the wait early, with what is known. */
  readonly signal?: AbortSignal;
}

export interface Waited {
  /** Whether no key is waiting any more. */
  readonly settled: boolean;
  /** In the order of the keys that were given. */
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
/** This machine's clock and SQS's may differ. */
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

/** Returns what is known of the request at a key, each time from what is in the table then. */
function watchKey(request: string, key: string, since: number, ports: WaitPorts): () => Promise<KeyOutcome> {
  let known = nothingOf('');
  let outcome: Outcome | undefined;
  return async () => {
    if (outcome !== undefined && outcome.outcome !== 'waiting') return { key, ...outcome };
    const item = await ports.store.load(key);
    if (item === undefined) return { key, outcome: 'waiting', parked: 0, stopped: undefined };
    if (item.lineage !== known.lineage) known = nothingOf(item.lineage);
    if (item.pages > known.pages) {
      // Newer pages than the item knows of would prove what the rest of the item does not hold yet.
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

/** Of a key that was deleted and begun again the counts begin anew. */
function nothingOf(lineage: string) {
  const dead: readonly DeadOfRequest[] = [];
  return { lineage, pages: 0, paged: new Set<string>(), deadCount: 0, dead, before: ZERO };
}

/** Dead letters of the request as the table keeps them: for 70 days, also when they were redriven or discarded. */
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
      // The others are messages that Weir did not write.
      if (stage !== 'compute') continue;
      const message = decodeMessage(body);
      if (message.request === request) found.push({ message, reason, sentAt });
    }
    from = answer.LastEvaluatedKey;
  } while (from !== undefined);
  return found;
}
