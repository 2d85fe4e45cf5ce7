/** Carries out one operation of the embedded DynamoDB; `body` is the parsed request. Throws TableError. */
export type Action = (body: unknown) => object;
