/** Records of a DynamoDB stream: as the engine returns them, and as Lambda hands them to a function. */
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import * as v from 'valibot';
import { LOCAL_REGION, type StreamViewType } from '../template/stack-spec.ts';

export type StreamRecord = DynamoDBRecord & { dynamodb: { SequenceNumber: string } };

const Image = v.custom<Record<string, AttributeValue>>(
  (value) => typeof value === 'object' && value !== null,
);
const EngineRecord = v.object({
  eventID: v.string(),
  eventName: v.picklist(['INSERT', 'MODIFY', 'REMOVE']),
  dynamodb: v.object({
    ApproximateCreationDateTime: v.optional(v.number()),
    Keys: Image,
    NewImage: v.optional(Image),
    OldImage: v.optional(Image),
    SequenceNumber: v.string(),
    SizeBytes: v.optional(v.number()),
  }),
});

/**
 * `record` is undefined for a write that changed nothing: DynamoDB leaves it out of the stream, the embedded
 * engine does not.
 */
export interface StreamChange {
  readonly sequenceNumber: string;
  readonly record: StreamRecord | undefined;
}

export function toStreamRecord(value: unknown, streamArn: string, viewType: StreamViewType): StreamChange {
  const { eventID, eventName, dynamodb } = v.parse(EngineRecord, value);
  const { NewImage, OldImage, ...change } = dynamodb;
  const sequenceNumber = change.SequenceNumber;
  if (NewImage !== undefined && OldImage !== undefined && isDeepStrictEqual(NewImage, OldImage)) {
    return { sequenceNumber, record: undefined };
  }
  const wantsNew = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const wantsOld = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const record: StreamRecord = {
    eventID,
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: LOCAL_REGION,
    dynamodb: {
      ...change,
      ...(wantsNew && NewImage !== undefined ? { NewImage } : {}),
      ...(wantsOld && OldImage !== undefined ? { OldImage } : {}),
      StreamViewType: viewType,
    },
    eventSourceARN: streamArn,
  };
  return { sequenceNumber, record };
}

/** The engine's sequence numbers are not padded, so as text 10 would sort before 9. */
export function compareSequenceNumbers(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
