/** The results of a pipeline's shadow so far: one small item for each key that it has computed. */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createShadowStore, decodeShadow } from '../functions/aws/dynamo-shadows.ts';
import type { ShadowItem } from '../functions/compute/shadow/shadow-item.ts';
import { SHADOW_SORT_KEY } from '../functions/item-names.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { Deployment } from './deployment.ts';

/**
 * `slower`: the states are equal, but it took at least twice the time. `missed`: nothing has been compared
 * yet.
 */
export type ShadowVerdict = 'equal' | 'slower' | 'different' | 'threw' | 'missed';

export interface KeyShadow extends ShadowItem {
  readonly verdict: ShadowVerdict;
}

export interface ShadowList {
  /** By key. */
  readonly keys: readonly KeyShadow[];
  /** False: the limit was reached, and there may be more keys. */
  readonly complete: boolean;
}

export interface ShadowListOptions {
  /** Most keys to return. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

const SLOWER_TIMES = 2;
/** Ms per reading. A shorter time does not matter, and a clock measures it poorly. */
const SLOWER_MS_MIN = 0.2;

export function verdictOf(item: ShadowItem): ShadowVerdict {
  const { threw, different, commits, realMs, shadowMs, readings } = item;
  if (threw > 0) return 'threw';
  if (different > 0) return 'different';
  if (commits === 0) return 'missed';
  const isSlower = shadowMs >= SLOWER_TIMES * realMs && shadowMs - realMs >= SLOWER_MS_MIN * readings;
  return readings > 0 && isSlower ? 'slower' : 'equal';
}

export async function listShadows(
  { dynamo, table }: Pick<Deployment, 'dynamo' | 'table'>,
  { limit, signal }: ShadowListOptions,
): Promise<ShadowList> {
  const keys: KeyShadow[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const answer = await dynamo.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: 'sk = :shadow',
        ExpressionAttributeValues: { ':shadow': { S: SHADOW_SORT_KEY } },
        ...(from && { ExclusiveStartKey: from }),
      }),
      { abortSignal: signal },
    );
    keys.push(...(answer.Items ?? []).map(decodeShadow).map(judged));
    from = answer.LastEvaluatedKey;
  } while (from !== undefined && keys.length <= limit);
  const sorted = keys.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return { keys: sorted.slice(0, limit), complete: keys.length <= limit };
}

export async function loadShadow(deployment: Deployment, key: string): Promise<KeyShadow> {
  const found =
    key === '' ? undefined : await createShadowStore(deployment.dynamo, deployment.table).load(key);
  if (found !== undefined) return judged(found);
  throw new OperatorError(
    `${deployment.name} has no shadow of key ${JSON.stringify(key)}: the pipeline has no shadow, the key is not in its share, ` +
      'or no reading of it has come since; "weir shadow" lists those that there are',
  );
}

function judged(item: ShadowItem): KeyShadow {
  return { ...item, verdict: verdictOf(item) };
}
