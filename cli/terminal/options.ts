/**
 * The options of the commands: parsed by Node, with values checked before anything starts. Node's messages
 * about a wrong call are for programmers, so every refusal here has its own sentence.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Numbers } from '../../functions/json-text.ts';
import { nearest } from '../../functions/nearest.ts';

/** Exit status after Ctrl-C, as in shells. */
export const INTERRUPTED = 130;

/** The command was called wrongly: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parseOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
) {
  const { values, positionals } = parse(args, options, '');
  if (positionals.length === 0) return values;
  throw new UsageError(`${JSON.stringify(positionals[0])} is not an option: options begin with --`);
}

/** For commands that take arguments besides options. */
export function parseCommand<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
) {
  return parse(args, options, '; put a word that begins with a dash after --');
}

function parse<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
  wayOut: string,
) {
  const joined = joinNegative(args, options);
  refuseWrong(joined, options, wayOut);
  return parseArgs({ args: joined, options, allowPositionals: true, strict: true });
}

/**
 * `--limit -1` becomes `--limit=-1`: -1 is a number, not an option named 1. A later check decides whether it
 * may be negative.
 */
function joinNegative(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string[] {
  const joined: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [arg = '', next = ''] = args.slice(at, at + 2);
    if (arg === '--') return [...joined, ...args.slice(at)];
    const takesValue = arg.startsWith('--') && optionOf(options, arg.slice(2))?.type === 'string';
    const isNegative = takesValue && /^-\.?\d/.test(next);
    joined.push(isNegative ? `${arg}=${next}` : arg);
    if (isNegative) at += 1;
  }
  return joined;
}

function refuseWrong(args: string[], options: NonNullable<ParseArgsConfig['options']>, wayOut: string): void {
  const { tokens } = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = optionOf(options, name);
    if (option === undefined) {
      throw unknownOption(args[token.index] ?? rawName, Object.keys(options), wayOut);
    }
    if (option.type === 'boolean' && value !== undefined) {
      throw new UsageError(`${rawName} takes no value: remove ${JSON.stringify(`=${value}`)}`);
    }
    if (option.type !== 'string') continue;
    if (value === undefined) throw new UsageError(`${rawName}: its value is missing`);
    if (inlineValue || !/^-./.test(value)) continue;
    const follower = value.replace(/^--?/, '').replace(/=.*/s, '');
    throw new UsageError(
      optionOf(options, follower) === undefined
        ? `${rawName} ${value}: write a value that begins with a dash as ${rawName}=${value}`
        : `${rawName}: its value is missing, the next option follows`,
    );
  }
}

function optionOf(options: NonNullable<ParseArgsConfig['options']>, name: string) {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function unknownOption(given: string, known: readonly string[], wayOut: string): UsageError {
  const name = given.replace(/=.*/s, '');
  const meant = nearest(name.replace(/^-+/, ''), known);
  return new UsageError(
    `${name} is not an option${meant === undefined ? wayOut : `: did you mean --${meant}?`}`,
  );
}

export const NUMBERS_OPTION = { type: 'string', default: 'exact' } as const;

/** How numbers in a file are read, for commands that do not know the pipeline. */
export function numbersOption(text: string): Numbers {
  if (text === 'exact' || text === 'rounded') return text;
  throw new UsageError(`--numbers ${JSON.stringify(text)}: give exact or rounded`);
}

/** A whole number within bounds; undefined if the option was not given. */
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

/** For a command with several actions: the action is missing or unknown. */
export function noSuchAction(given: string | undefined, known: readonly string[]): UsageError {
  const meant = given === undefined ? undefined : nearest(given, known);
  if (meant !== undefined) return new UsageError(`${JSON.stringify(given)}: did you mean ${meant}?`);
  return new UsageError(`say which: ${known.slice(0, -1).join(', ')} or ${known.at(-1)}`);
}

/** Returns exactly as many arguments as there are names, or throws an error that names the missing one. */
export function words(positionals: readonly string[], ...names: readonly string[]): string[] {
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const excess = positionals[names.length];
  if (excess !== undefined) throw new UsageError(`${JSON.stringify(excess)} is one too many`);
  return [...positionals];
}
