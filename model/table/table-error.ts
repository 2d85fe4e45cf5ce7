import type { Item } from './item.ts';

export type TableErrorCode =
  | 'ValidationException'
  | 'ConditionalCheckFailedException'
  | 'TransactionCanceledException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException';

/** Why one action of a transaction stopped it. `None`: it was not the one. */
export interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  readonly Message?: string;
  readonly Item?: Item;
}

/** A refusal in DynamoDB's words. */
export class TableError extends Error {
  readonly code: TableErrorCode;
  /** The item as it is, where the caller asked for it. */
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
