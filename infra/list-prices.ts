/**
 * Prices in USD per unit that the budget uses: on demand, us-east-1, arm64. A template can hold the prices of only one
 * region. A test compares them with local/bill/prices.json, which names their source.
 */
export const LIST_PRICES = {
  lambdaGbSecond: 1.33334e-5,
  lambdaRequest: 0.2 / 1_000_000,
  sqsStandard: 0.4 / 1_000_000,
  sqsFifo: 0.5 / 1_000_000,
  dynamoDbWrite: 0.625 / 1_000_000,
  dynamoDbRead: 0.125 / 1_000_000,
} as const;

/** The label of a budget's metric, by which a local run finds the budget in a template. */
export const BUDGET_LABEL = 'USD an hour at list prices';
