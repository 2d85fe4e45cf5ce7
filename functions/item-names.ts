/**
 * Names in the table. functions/aws/dynamo-items.ts writes them, and infra/ uses them for the table and for the writer's event
 * source mapping. A changed name means a new table, or items that are not found.
 */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** DynamoDB deletes an item some time after this time, in epoch seconds. */
export const EXPIRY = 'expires';
/** Set only if the commit emitted outputs. The writer's mapping filters on it. */
export const OUTPUTS = 'outputs';
/** Set only if the commit asked for wakes or cancelled some. The writer's mapping filters on it. */
export const WAKING = 'waking';

export const STATE_SORT_KEY = 'state';
/** The mark of a trial (functions/compute/trial.ts). */
export const TRIAL_SORT_KEY = 'trial';
/** The results of the pipeline's shadow for the key (functions/compute/shadow/). */
export const SHADOW_SORT_KEY = 'shadow';
export const DEAD_SORT_KEY_PREFIX = 'dead/';

/** What readers share about a source (functions/reader/gate/), spread over some partitions by its name. */
const SOURCES_PARTITION_PREFIX = '~weir/sources/';
export const SOURCES_PARTITIONS: readonly string[] = Array.from(
  { length: 16 },
  (_, n) => `${SOURCES_PARTITION_PREFIX}${n}`,
);
export const SOURCE_SORT_KEY_PREFIX = 'source/';
/** The attempts at a request that went back to the queue (functions/reader/attempts.ts). */
export const ATTEMPTS_PARTITION_PREFIX = '~weir/request/';
export const ATTEMPTS_SORT_KEY = 'attempts';
/** Patterns of partition keys. The reader's role may use only the items that they match. */
export const PARTITIONS_OF_READERS: readonly string[] = [
  `${SOURCES_PARTITION_PREFIX}*`,
  `${ATTEMPTS_PARTITION_PREFIX}*`,
];

export function sourcesPartitionOf(source: string): string {
  let sum = 0;
  for (let index = 0; index < source.length; index += 1) sum = (sum * 31 + source.charCodeAt(index)) >>> 0;
  return SOURCES_PARTITIONS[sum % SOURCES_PARTITIONS.length] ?? '';
}
