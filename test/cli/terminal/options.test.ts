/** Parsing of commands: messages of Node's parser never reach the user. */
import { describe, expect, test } from 'vitest';
import {
  countOption,
  noSuchAction,
  parseCommand,
  parseOptions,
  UsageError,
} from '../../../cli/terminal/options.ts';

const OPTIONS = {
  limit: { type: 'string' },
  'requests-file': { type: 'string' },
  requests: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function refusalOf(...args: string[]): string {
  try {
    parseOptions(args, OPTIONS);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${args.join(' ')} was accepted`);
}

describe('a wrong call is refused in one sentence that names the option', () => {
  test.each([
    [['--jsn'], '--jsn is not an option: did you mean --json?'],
    [['--josn=x'], '--josn is not an option: did you mean --json?'],
    [['-json'], '-json is not an option: did you mean --json?'],
    [['--request_file', 'x'], '--request_file is not an option: did you mean --requests-file?'],
    [['--reqests', '5'], '--reqests is not an option: did you mean --requests?'],
    [['--fast'], '--fast is not an option'],
    [['--toString'], '--toString is not an option'],
    [['--__proto__', 'x'], '--__proto__ is not an option'],
    [['-1'], '-1 is not an option'],
    [['--limit'], '--limit: its value is missing'],
    [['--limit', '--json'], '--limit: its value is missing, the next option follows'],
    [['--limit', '--jsn'], '--limit --jsn: write a value that begins with a dash as --limit=--jsn'],
    [['--json=yes'], '--json takes no value: remove "=yes"'],
    [['limit'], '"limit" is not an option: options begin with --'],
  ])('%j', (args, message) => {
    expect(refusalOf(...args)).toBe(message);
  });
});

describe('a negative number', () => {
  test.each([['-1'], ['-5'], ['-.5'], ['-1e3']])('is the value of the option before it: %s', (value) => {
    expect(parseOptions(['--limit', value, '--json'], OPTIONS)).toMatchObject({ limit: value, json: true });
    expect(() => countOption('limit', value, 1, 10)).toThrow(
      `--limit ${value}: give a whole number from 1 to 10`,
    );
  });

  test('stays an argument after --, and after an option without a value', () => {
    expect(parseCommand(['--', '--limit', '-1'], OPTIONS).positionals).toEqual(['--limit', '-1']);
    expect(refusalOf('--json', '-1')).toBe('-1 is not an option');
  });
});

test('a command that takes arguments says how to give one that begins with a dash', () => {
  expect(() => parseCommand(['-5'], OPTIONS)).toThrow(
    '-5 is not an option; put a word that begins with a dash after --',
  );
  expect(parseCommand(['--', '-5'], OPTIONS).positionals).toEqual(['-5']);
});

test('a correct call is parsed as it was written', () => {
  const { values, positionals } = parseCommand(
    ['-', 'a', '--limit=-x', '--requests', '', '-h', '--requests', '7'],
    OPTIONS,
  );
  expect(values).toEqual({ limit: '-x', requests: '7', json: false, help: true });
  expect(positionals).toEqual(['-', 'a']);
});

test('a mistyped action is refused with a suggestion, an unknown one with the list of all', () => {
  const actions = ['list', 'show', 'redrive'];
  expect(noSuchAction('lst', actions).message).toBe('"lst": did you mean list?');
  expect(noSuchAction('x', actions).message).toBe('say which: list, show or redrive');
  expect(noSuchAction(undefined, actions).message).toBe('say which: list, show or redrive');
});
