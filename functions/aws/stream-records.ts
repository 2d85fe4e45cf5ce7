/**
 * The door for stream events. The mapping's filter lets only state items with outputs and set-aside readings
 * through; whatever else comes (removals, pages) is none of the writer's business and counts as done.
 */
import { isRecord } from '../json.ts';
import type { StreamRecord } from '../writer/writer.ts';
import { DEAD_SORT_KEY_PREFIX, decodeDead, decodeItem, type Item, STATE_SORT_KEY } from './dynamo-items.ts';

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
  const image = parseImage(change['NewImage']);
  const sequenceNumber = change['SequenceNumber'];
  const sortKey = image['sk']?.S ?? '';
  if (sortKey === STATE_SORT_KEY) return [{ sequenceNumber, kind: 'committed', item: decodeItem(image) }];
  if (sortKey.startsWith(DEAD_SORT_KEY_PREFIX))
    return [{ sequenceNumber, kind: 'dead', dead: decodeDead(image) }];
  return [];
}

/** Items of the table have string, number and binary attributes only; binary ones come as base64 text. */
function parseImage(image: unknown): Item {
  if (!isRecord(image)) return {};
  const item: Item = {};
  for (const [name, value] of Object.entries(image)) {
    if (!isRecord(value)) continue;
    if (typeof value['S'] === 'string') item[name] = { S: value['S'] };
    else if (typeof value['N'] === 'string') item[name] = { N: value['N'] };
    else if (typeof value['B'] === 'string') item[name] = { B: Buffer.from(value['B'], 'base64') };
  }
  return item;
}
