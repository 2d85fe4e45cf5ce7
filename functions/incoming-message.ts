/**
 * The partial batch response. If the outer name is misspelt or the body empty, Lambda treats the whole batch as successful.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export interface PartialBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export function partialBatchResponse(failedIds: Iterable<string>): PartialBatchResponse {
  return { batchItemFailures: [...failedIds].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** A parsed message from Lambda: the parts of an SQS event record that Weir uses. */
export interface IncomingMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
  /** When SQS accepted the message: epoch ms by SQS's clock. */
  readonly sentAt: number;
  /** The message group, or the tenant on a standard queue; FIFO only: a number of up to 128 bits that grows in the group. */
  readonly group: string;
  readonly sequenceNumber: string;
  /** String attributes that the sender added. */
  readonly attributes: Readonly<Record<string, string>>;
}
