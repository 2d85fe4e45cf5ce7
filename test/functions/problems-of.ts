import { PermanentError } from '../../functions/errors.ts';

/** Each problem that a definition is refused with, in order; none if it is taken. */
export function problemsOf(define: () => unknown): string[] {
  try {
    define();
    return [];
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return error.message.split('\n  - ').slice(1);
  }
}
