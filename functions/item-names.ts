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

export const STATE_SORT_KEY = 'state';
/** Who is on trial (functions/compute/trial.ts). */
export const TRIAL_SORT_KEY = 'trial';
export const DEAD_SORT_KEY_PREFIX = 'dead/';
