import type { Item } from './item.ts';

export type TableErrorCode =
  | 'ValidationException'
  | 'ConditionalCheckFailedException'
  | 'TransactionCanceledException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException';

/** Why one action of a transaction cancelled it. `None` if another action did. */
export interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  readonly Message?: string;
  readonly Item?: Item;
}

/** An error of DynamoDB. */
export class TableError extends Error {
  readonly code: TableErrorCode;
  /** The current item, if the caller asked for it. */
  readonly item: Item | undefined;
  readonly reasons: readonly CancellationReason[] | undefined;

  constructor(
    code: TableErrorCode,
    message: string,
    { item, reasons }: { item?: Item | undefined; reasons?: readonly CancellationReason[] } = {},
  ) {
    super(message);
    this.code = code;
    this.item = item;
    this.reasons = reasons;
  }
}
