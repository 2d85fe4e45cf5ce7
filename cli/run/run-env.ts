/**
 * `--env NAME=VALUE` and `--env-file FILE`: variables in process.env of read, compute and write, in addition
 * to Lambda's.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { UsageError } from '../terminal/options.ts';

/**
 * Lambda sets these itself and refuses them as a function's variables; the local run also sets the endpoints.
 */
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

/** Never prints a value: it may be a secret. Options take precedence over the file. */
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
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined && NAME.test(name)) return [name, value];
  throw new UsageError(
    `--env ${JSON.stringify(text.replace(/=.*/s, '=...'))}: give NAME=VALUE, the name of letters, digits and _`,
  );
}

/** Names that Lambda accepts. */
const NAME = /^[A-Za-z_]\w*$/;

/** Reads the NAME=VALUE lines of the file that an option names; a quoted value may have several lines. */
export function readValues(option: string, file: string): Record<string, string> {
  const text = textOf(option, file);
  const refuse = (what: string): never => {
    throw new UsageError(`--${option} ${file}: ${what}`);
  };
  // Values may be secrets, so for a wrong line only its number is shown.
  const lines = text.replace(QUOTED, (value) => `=${value.replace(/[^\n]/g, '')}`).split('\n');
  for (const [index, line] of lines.entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (!line.includes('=')) refuse(`line ${index + 1} has no =, give NAME=VALUE`);
    if (/=\s*["'`]/.test(line)) refuse(`line ${index + 1} begins a quote that does not end`);
    const [name = ''] = line.replace(/^\s*export\s/, '').split('=');
    if (!NAME.test(name.trim())) refuse(`line ${index + 1} has a name that is not of letters, digits and _`);
  }
  return Object.fromEntries(
    Object.entries(parseEnv(text)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

const QUOTED = /=[ \t]*(["'`])[\s\S]*?\1/g;

/** Windows editors write a byte order mark, PowerShell writes UTF-16. */
function textOf(option: string, file: string): string {
  try {
    const bytes = readFileSync(file);
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--${option} ${file} cannot be read (${code})`);
  }
}
