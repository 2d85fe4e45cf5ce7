// @ts-check
/**
 * An error in the form in which Lambda reports it.
 *
 * @param {unknown} error
 * @returns {import('./function-error.ts').FunctionError}
 */
export function describeError(error) {
  return error instanceof Error
    ? { type: error.name, message: error.message }
    : { type: 'Error', message: String(error) };
}
