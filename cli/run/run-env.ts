/** `--env NAME=VALUE` and `--env-file FILE`: what read, compute and write find in process.env beside Lambda's own. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { UsageError } from '../terminal/options.ts';

/** Lambda sets these itself and refuses them as variables of a function; the local run sets the endpoints as well. */
const RESERVED = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
  'AWS_ENDPOINT_URL_SQS',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  'AWS_ENDPOINT_URL_SSM',
]);

/** A value is never shown: it may be a secret. The options win over the file. */
export function runEnv(given: readonly string[], file: string | undefined): Record<string, string> {
  const env = {
    ...(file === undefined ? {} : readValues('env-file', file)),
    ...Object.fromEntries(given.map(parse)),
  };
  const reserved = Object.keys(env).find((name) => RESERVED.has(name));
  if (reserved === undefined) return env;
  throw new UsageError(`the variable ${reserved} is set by Lambda: you cannot set it`);
}

function parse(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new UsageError(
    `--env ${JSON.stringify(text.replace(/=.*/s, '=...'))}: give NAME=VALUE, the name of letters, digits and _`,
  );
}

/** The lines NAME=VALUE of a file that an option names. */
export function readValues(option: string, file: string): Record<string, string> {
  try {
    const entries = Object.entries(parseEnv(readFileSync(file, 'utf8')));
    return Object.fromEntries(
      entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--${option} ${file} cannot be read (${code})`);
  }
}
