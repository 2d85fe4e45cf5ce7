/**
 * Parses stream events. The mapping's filter passes only state items with outputs or wakes, and readings that were set aside.
 * Other records (removals, pages) do not concern the writer and count as done.
 *
 * A record that cannot be decoded does not hold up others: it becomes an unreadable record, which the writer reports
 * separately. Its error is logged, so no decoding error may quote the record.
 */
import { DEAD_SORT_KEY_PREFIX, PARTITION_KEY, SORT_KEY, STATE_SORT_KEY } from '../item-names.ts';
import { isRecord } from '../json.ts';
import type { StreamRecord } from '../writer/writer.ts';
import { parseAttributes } from './attributes.ts';
import { decodeItem } from './dynamo-items.ts';
import { decodeDead } from './set-aside-items.ts';

export function parseStreamEvent(event: unknown): StreamRecord[] {
  if (!isRecord(event) || !Array.isArray(event['Records'])) {
    throw new Error('the event has no Records: this function is to be invoked by a DynamoDB stream mapping');
  }
  return event['Records'].flatMap(parseRecord);
}

function parseRecord(record: unknown): StreamRecord[] {
  const change = isRecord(record) ? record['dynamodb'] : undefined;
  if (!isRecord(change) || typeof change['SequenceNumber'] !== 'string') {
    throw new Error('a stream record has no sequence number');
  }
  const sequenceNumber = change['SequenceNumber'];
  const key = keyOf(change['NewImage']);
  try {
    const image = parseAttributes(change['NewImage']);
    const sortKey = image[SORT_KEY]?.S ?? '';
    if (sortKey === STATE_SORT_KEY)
      return [{ sequenceNumber, key, kind: 'committed', item: decodeItem(image) }];
    if (sortKey.startsWith(DEAD_SORT_KEY_PREFIX))
      return [{ sequenceNumber, key, kind: 'dead', dead: decodeDead(image) }];
    return [];
  } catch (problem) {
    return [{ sequenceNumber, key, kind: 'unreadable', problem }];
  }
}

/** '' if not even the key can be read. Such a record is reported alone. */
function keyOf(image: unknown): string {
  const key = isRecord(image) && isRecord(image[PARTITION_KEY]) ? image[PARTITION_KEY]['S'] : undefined;
  return typeof key === 'string' ? key : '';
}
