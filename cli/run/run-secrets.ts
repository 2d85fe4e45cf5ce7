/** `--secret NAME=VALUE` and `--secrets-file FILE`: values of a pipeline's secrets in a local run. */
import { UsageError } from '../terminal/options.ts';
import { readValues } from './run-env.ts';

/** Never prints a value. Options take precedence over the file. */
export function runSecrets(given: readonly string[], file: string | undefined): Record<string, string> {
  return {
    ...(file === undefined ? {} : readValues('secrets-file', file)),
    ...Object.fromEntries(given.map(parse)),
  };
}

function parse(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  // A text without a name may be the secret itself, so it is not shown.
  throw new UsageError(
    '--secret: give NAME=VALUE, the name of letters, digits and _, such as DB_PASSWORD=...',
  );
}
