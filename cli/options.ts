/** The options of the commands: node's own parser, and values that are checked before anything is started. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Exit status of what Ctrl-C ended, as shells have it. */
export const INTERRUPTED = 130;

/** The command was called wrongly: exit status 2, as everywhere. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parseOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
) {
  const { values, positionals } = parseCommand(args, options);
  if (positionals.length === 0) return values;
  throw new UsageError(`${JSON.stringify(positionals[0])} is not an option: options begin with --`);
}

/** For commands that take more than options. */
export function parseCommand<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number within bounds; undefined when the option was not given. */
export function countOption(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} ${text}: give a whole number from ${min} to ${max}`);
}

export function numberOption(
  name: string,
  text: string | undefined,
  above: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value > above && value <= max) return value;
  throw new UsageError(`--${name} ${text}: give a number above ${above}, ${max} at most`);
}

/** Exactly so many words, or the usage says which. */
export function words(positionals: readonly string[], ...names: readonly string[]): string[] {
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const excess = positionals[names.length];
  if (excess !== undefined) throw new UsageError(`${JSON.stringify(excess)} is one too many`);
  return [...positionals];
}
