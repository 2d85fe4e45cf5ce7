/** An error of a function, in the form in which Lambda reports it. */
export interface FunctionError {
  readonly type: string;
  readonly message: string;
}

export function describeError(error: unknown): FunctionError {
  return error instanceof Error
    ? { type: error.name, message: error.message }
    : { type: 'Error', message: String(error) };
}
