/** What was asked for is not there, or cannot be done as things are: the message says what to do instead. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
