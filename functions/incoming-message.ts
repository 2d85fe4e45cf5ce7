/**
 * The partial batch response, in the one shape that Lambda understands: with a misspelt outer name or an empty body, Lambda
 * would take the whole batch as successful. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
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
  /** When SQS took the message in: epoch milliseconds by SQS's clock. */
  readonly sentAt: number;
  /** FIFO only: the message group, and a number of up to 128 bits that grows within the group, as text. */
  readonly group: string;
  readonly sequenceNumber: string;
  /** String attributes that the sender added. */
  readonly attributes: Readonly<Record<string, string>>;
}
