/** A command cannot do what it was asked to do. The message says what to do instead. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
