/**
 * USD for one, on demand in us-east-1 and on arm64: what the budget counts with. A test compares them with
 * local/bill/prices.json, which says where they are from; a template can hold one region's only.
 */
export const LIST_PRICES = {
  lambdaGbSecond: 1.33334e-5,
  lambdaRequest: 0.2 / 1_000_000,
  sqsStandard: 0.4 / 1_000_000,
  sqsFifo: 0.5 / 1_000_000,
  dynamoDbWrite: 0.625 / 1_000_000,
  dynamoDbRead: 0.125 / 1_000_000,
} as const;

/** What the metric of a budget is called: a local run finds the budget of a template by it. */
export const BUDGET_LABEL = 'USD an hour, by list prices';
