/** Chooses how to decode the records of a feed, by the kind of its source. */
import { PermanentError } from '../errors.ts';
import type { FeedRecord } from './feed-record.ts';
import { fromDynamoDb } from './from-dynamodb.ts';
import { fromKafka } from './from-kafka.ts';
import { fromKinesis } from './from-kinesis.ts';
import { fromQueue, fromTopic } from './from-queue.ts';

export interface Decoder {
  readonly decode: (event: unknown) => FeedRecord[];
  /**
   * Whether Lambda accepts an answer that names the failed records. For Kafka it does so only in provisioned mode; otherwise
   * the whole batch comes again. https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
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
