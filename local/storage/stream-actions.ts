/**
 * The operations on a table's stream. The stream has one shard, which stays open. Records always have both
 * images; the mapping removes those that the stream's view type does not include.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
import * as v from 'valibot';
import type { TableKeys } from '../../model/table/rows.ts';
import type { StreamRecord } from '../../model/table/stream.ts';
import { TableError } from '../../model/table/table-error.ts';
import type { Action } from './action.ts';
import type { OwnTable, OwnTables } from './own-tables.ts';

const SHARD = 'shardId-00000001';
const RECORDS_MAX = 1000;

const Stream = v.object({ StreamArn: v.string() });
const Iterator = v.object({
  ...Stream.entries,
  ShardId: v.literal(SHARD),
  ShardIteratorType: v.picklist(['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER']),
  SequenceNumber: v.optional(v.string()),
});
const Records = v.object({ ShardIterator: v.string(), Limit: v.optional(v.number()) });

export function createStreamActions(
  tables: Pick<OwnTables, 'findByStream'>,
): Readonly<Record<string, Action>> {
  return {
    DescribeStream(body) {
      const { StreamArn } = v.parse(Stream, body);
      tables.findByStream(StreamArn);
      return { StreamDescription: { StreamArn, StreamStatus: 'ENABLED', Shards: [{ ShardId: SHARD }] } };
    },
    GetShardIterator(body) {
      const { StreamArn, ShardIteratorType: type, SequenceNumber = '0' } = v.parse(Iterator, body);
      const stream = streamOf(tables.findByStream(StreamArn));
      const from = {
        TRIM_HORIZON: 0,
        LATEST: stream.next,
        AT_SEQUENCE_NUMBER: Number(SequenceNumber),
        AFTER_SEQUENCE_NUMBER: Number(SequenceNumber) + 1,
      }[type];
      return { ShardIterator: `${StreamArn}|${from}` };
    },
    GetRecords(body) {
      const { ShardIterator, Limit = RECORDS_MAX } = v.parse(Records, body);
      const [arn = '', from = ''] = ShardIterator.split('|');
      const own = tables.findByStream(arn);
      const stream = streamOf(own);
      const records = stream.read(Number(from), Math.min(Limit, RECORDS_MAX));
      const next = records.length === 0 ? Math.max(Number(from), 0) : (records.at(-1)?.number ?? 0) + 1;
      return {
        Records: records.map((record) => wireRecord(record, own.table.keys)),
        NextShardIterator: `${arn}|${next}`,
      };
    },
  };
}

function streamOf({ stream }: OwnTable) {
  if (stream === undefined) throw new TableError('ValidationException', 'the table has no stream');
  return stream;
}

function wireRecord({ number, change, atSeconds, bytes }: StreamRecord, keys: TableKeys): object {
  const { before, after, by } = change;
  const item = after ?? before ?? {};
  const names = [keys.partition, ...(keys.sort === undefined ? [] : [keys.sort])];
  return {
    eventID: String(number),
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    // This tells a reader an expiry from a deletion.
    ...(by === 'expiry' && {
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    }),
    dynamodb: {
      ApproximateCreationDateTime: atSeconds,
      Keys: Object.fromEntries(names.map((name) => [name, item[name]])),
      ...(after && { NewImage: after }),
      ...(before && { OldImage: before }),
      SequenceNumber: String(number),
      SizeBytes: bytes,
    },
  };
}
