/** What a feed is of, and how its records are read. */
import { PermanentError } from '../errors.ts';
import type { FeedRecord } from './feed-record.ts';
import { fromDynamoDb } from './from-dynamodb.ts';
import { fromKafka } from './from-kafka.ts';
import { fromKinesis } from './from-kinesis.ts';
import { fromQueue, fromTopic } from './from-queue.ts';

export interface Decoder {
  readonly decode: (event: unknown) => FeedRecord[];
  /**
   * Whether Lambda takes an answer that names the records that failed. Of Kafka it does so in provisioned mode alone: there the
   * whole batch comes again. https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
   */
  readonly partial: boolean;
}

export function decoderOf(kind: string, name: string | undefined): Decoder {
  switch (kind) {
    case 'queue':
      return { decode: fromQueue, partial: true };
    case 'topic':
      return { decode: fromTopic, partial: true };
    case 'dynamoStream':
      return { decode: fromDynamoDb, partial: true };
    case 'kinesis':
      return { decode: fromKinesis, partial: true };
    case 'kafka':
      return { decode: (event) => fromKafka(event, name), partial: false };
    default:
      throw new PermanentError(
        `there is no feed of ${JSON.stringify(kind)}: the function is not deployed by Weir's construct`,
      );
  }
}
