/** `--secret NAME=VALUE` and `--secrets-file FILE`: what a pipeline's secrets say in a local run. */
import { UsageError } from '../terminal/options.ts';
import { readValues } from './run-env.ts';

/** No value is ever shown. The options win over the file. */
export function runSecrets(given: readonly string[], file: string | undefined): Record<string, string> {
  return {
    ...(file === undefined ? {} : readValues('secrets-file', file)),
    ...Object.fromEntries(given.map(parse)),
  };
}

function parse(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  // What came without a name may be the secret itself.
  throw new UsageError(
    '--secret: give NAME=VALUE, the name of letters, digits and _, such as DB_PASSWORD=...',
  );
}
