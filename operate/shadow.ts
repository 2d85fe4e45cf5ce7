/** The results of a pipeline's shadow so far: one small item for each key that it has computed. */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createShadowStore, decodeShadow } from '../functions/aws/dynamo-shadows.ts';
import type { ShadowItem } from '../functions/compute/shadow/shadow-item.ts';
import { SHADOW_SORT_KEY } from '../functions/item-names.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { Deployment } from './deployment.ts';

/**
 * `slower`: the results are equal, but most readings took at least twice the time. `missed`: nothing has been compared
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

/**
 * Fewer slow readings say nothing. A machine that stalls, a garbage collection or a first call slows single readings, and any
 * of them can take longer than all the others together: so readings are counted, and times are not summed up.
 */
const SLOW_MIN = 20;

export function verdictOf(item: ShadowItem): ShadowVerdict {
  const { threw, different, commits, slow, readings } = item;
  if (threw > 0) return 'threw';
  if (different > 0) return 'different';
  if (commits === 0) return 'missed';
  return slow >= SLOW_MIN && slow > readings / 2 ? 'slower' : 'equal';
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
