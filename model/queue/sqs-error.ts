/**
 * SQS's errors. The codes are the error names in the AWS SDK. `queryCode` is the name in SQS's older protocol if it
 * differs; the SDK still reports it as the error's `Code`.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
const errorKinds = {
  InvalidParameterValue: { status: 400 },
  MissingParameter: { status: 400 },
  InvalidAttributeName: { status: 400 },
  InvalidMessageContents: { status: 400 },
  UnknownOperationException: { status: 404 },
  SerializationException: { status: 400 },
  QueueDoesNotExist: { status: 400, queryCode: 'AWS.SimpleQueueService.NonExistentQueue' },
  ReceiptHandleIsInvalid: { status: 404 },
  MessageNotInflight: { status: 400, queryCode: 'AWS.SimpleQueueService.MessageNotInflight' },
  OverLimit: { status: 403 },
  PurgeQueueInProgress: { status: 403, queryCode: 'AWS.SimpleQueueService.PurgeQueueInProgress' },
  ResourceNotFoundException: { status: 404 },
  UnsupportedOperation: { status: 400, queryCode: 'AWS.SimpleQueueService.UnsupportedOperation' },
  EmptyBatchRequest: { status: 400, queryCode: 'AWS.SimpleQueueService.EmptyBatchRequest' },
  TooManyEntriesInBatchRequest: {
    status: 400,
    queryCode: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  },
  BatchEntryIdsNotDistinct: { status: 400, queryCode: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct' },
  InvalidBatchEntryId: { status: 400, queryCode: 'AWS.SimpleQueueService.InvalidBatchEntryId' },
  BatchRequestTooLong: { status: 400, queryCode: 'AWS.SimpleQueueService.BatchRequestTooLong' },
} as const satisfies Record<string, { status: number; queryCode?: string }>;

export type SqsErrorCode = keyof typeof errorKinds;

export class SqsError extends Error {
  override readonly name = 'SqsError';
  readonly code: SqsErrorCode;

  constructor(code: SqsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The HTTP status and the older protocol's code of an error. */
export function errorKind(code: SqsErrorCode): { readonly status: number; readonly queryCode: string } {
  return { queryCode: code, ...errorKinds[code] };
}
