/**
 * Reads the shards of a stream page by page, from the oldest record. Parent shards come before their
 * children.
 */
import * as v from 'valibot';
import type { JsonCall } from '../gateway/json-call.ts';

interface StreamPage {
  readonly shardId: string;
  /** As the engine returned them; see stream-records.ts. */
  readonly records: readonly unknown[];
}

export interface StreamReader {
  /** One page of each open shard. */
  read(): Promise<StreamPage[]>;
}

const Description = v.object({
  StreamDescription: v.object({ Shards: v.optional(v.array(v.object({ ShardId: v.string() })), []) }),
});
const Start = v.object({ ShardIterator: v.string() });
const Page = v.object({
  Records: v.optional(v.array(v.unknown()), []),
  NextShardIterator: v.nullish(v.string()),
});

export interface StreamReaderOptions {
  readonly call: JsonCall;
  /** The engine's ARN of the stream. */
  readonly streamArn: string;
  readonly pageSize: number;
  readonly onCall: (operation: string) => void;
  /**
   * Resolves when everything handed over is delivered. Children of closed shards are read only after that.
   */
  readonly delivered: () => Promise<void>;
}

export function createStreamReader(options: StreamReaderOptions): StreamReader {
  const { streamArn: StreamArn, pageSize: Limit, delivered } = options;
  const iterators = new Map<string, string>();
  const seen = new Set<string>();
  const ask = (operation: string, body: object) => {
    options.onCall(operation);
    return options.call(`DynamoDBStreams_20120810.${operation}`, body);
  };
  const openShards = async () => {
    await delivered();
    const { StreamDescription: description } = v.parse(
      Description,
      await ask('DescribeStream', { StreamArn }),
    );
    for (const { ShardId } of description.Shards) {
      if (seen.has(ShardId)) continue;
      const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
      const { ShardIterator } = v.parse(Start, await ask('GetShardIterator', from));
      iterators.set(ShardId, ShardIterator);
      seen.add(ShardId);
    }
  };
  const readShard = async ([shardId, ShardIterator]: readonly [string, string]): Promise<StreamPage> => {
    const page = v.parse(Page, await ask('GetRecords', { ShardIterator, Limit }));
    // A missing next iterator is the only sign that a shard is closed.
    if (page.NextShardIterator == null) iterators.delete(shardId);
    else iterators.set(shardId, page.NextShardIterator);
    return { shardId, records: page.Records };
  };
  return {
    async read() {
      if (iterators.size === 0) await openShards();
      const pages: StreamPage[] = [];
      for (const shard of [...iterators]) pages.push(await readShard(shard));
      return pages;
    },
  };
}
