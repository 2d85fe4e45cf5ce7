/**
 * Names in the table: written by functions/aws/dynamo-items.ts, and told to DynamoDB and to the writer's mapping by
 * infra/, which imports this file. Changing one means a new table, or items that are not found.
 */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** DynamoDB removes an item some time after this, in epoch seconds. */
export const EXPIRY = 'expires';
/** Only where a commit emitted some: the mapping lets nothing else through. */
export const OUTPUTS = 'outputs';
/** Only where a commit asked for wakes, or took some back. */
export const WAKING = 'waking';

export const STATE_SORT_KEY = 'state';
/** Who is on trial (functions/compute/trial.ts). */
export const TRIAL_SORT_KEY = 'trial';
/** What the shadow of the pipeline makes of the key (functions/compute/shadow/). */
export const SHADOW_SORT_KEY = 'shadow';
export const DEAD_SORT_KEY_PREFIX = 'dead/';

/** What readers share of a source (functions/reader/gate/), spread over a few partitions by the name. */
export const SOURCES_PARTITIONS: readonly string[] = Array.from(
  { length: 16 },
  (_, n) => `~weir/sources/${n}`,
);
export const SOURCE_SORT_KEY_PREFIX = 'source/';
/** Attempts at a request that was given back (functions/reader/attempts.ts). */
export const ATTEMPTS_PARTITION_PREFIX = '~weir/request/';
export const ATTEMPTS_SORT_KEY = 'attempts';

export function sourcesPartitionOf(source: string): string {
  let sum = 0;
  for (let index = 0; index < source.length; index += 1) sum = (sum * 31 + source.charCodeAt(index)) >>> 0;
  return SOURCES_PARTITIONS[sum % SOURCES_PARTITIONS.length] ?? '';
}
