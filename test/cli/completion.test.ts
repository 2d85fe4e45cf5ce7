/** The completion scripts, run by their shells. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../cli/command-table.ts';
import { bashCompletion } from '../../cli/completion/bash.ts';
import { type CommandWords, wordsOf } from '../../cli/completion/command-words.ts';
import { zshCompletion } from '../../cli/completion/zsh.ts';
import { temporaryFolder } from '../operate/queues.ts';
import { weir } from './weir.ts';

let known: CommandWords[] = [];
beforeAll(async () => {
  known = await wordsOf(COMMANDS);
});

/** What bash offers for the last word of the line. */
function bashOffers(...line: string[]): string[] {
  const quoted = line.map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = spawnSync('bash', ['--norc'], {
    input: `${bashCompletion(known)}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${line.length - 1}; _weir; printf '%s\\n' "\${COMPREPLY[@]}"`,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

const ZSH = '/usr/bin/zsh';

/** What zsh is given to choose from for the last word of the line; "FILES" where it is to offer files. */
function zshOffers(...line: string[]): string[] {
  const quoted = line.map((word) => `'${word}'`).join(' ');
  const around =
    'compdef() { }; compadd() { shift; print -l -- $@ }; _files() { print FILES }; typeset -A _comps';
  const { stdout, stderr } = spawnSync(ZSH, ['-f'], {
    input: `${around}\n${zshCompletion(known)}\nwords=(${quoted}); CURRENT=${line.length}; _weir`,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('bash completes', () => {
  test('every command, and those that begin like the word', () => {
    expect(bashOffers('weir', '')).toEqual([...Object.keys(COMMANDS), 'help', '--version']);
    expect(bashOffers('weir', 'st')).toEqual(['status', 'state', 'stopped']);
    expect(bashOffers('weir', 'help', 'de')).toEqual(['dead']);
  });

  test('the options that the command takes, at any place of the line', () => {
    for (const { command, options } of known) {
      expect(bashOffers('weir', command, '--')).toEqual(options);
      expect(bashOffers('weir', command, 'x', '--h')).toEqual(['--help']);
    }
    expect(bashOffers('weir', 'run', '--requests', '3', '--ver')).toEqual(['--verbose']);
  });

  test('the actions of dead, stopped and completion, and nothing where a file or a value is expected', () => {
    expect(bashOffers('weir', 'dead', '')).toEqual(['list', 'show', 'edit', 'redrive', 'discard']);
    expect(bashOffers('weir', 'stopped', 're')).toEqual(['resume']);
    expect(bashOffers('weir', 'run', '--requests-file', '')).toEqual([]);
    expect(bashOffers('weir', 'submit', '')).toEqual([]);
  });

  test('npx weir in the same way, and no other command of npx', () => {
    expect(bashOffers('npx', 'we')).toEqual(['weir']);
    expect(bashOffers('npx', 'weir', 'in')).toEqual(['init']);
    expect(bashOffers('npx', 'weir', 'plan', '--wor')).toEqual(['--workload']);
    expect(bashOffers('npx', 'cdk', '--')).toEqual([]);
  });
});

// Debian: apt-get install zsh.
describe.runIf(existsSync(ZSH))('zsh completes', () => {
  test('commands, options, actions, and files where a file or a value is expected', () => {
    expect(zshOffers('weir', '')).toEqual([...Object.keys(COMMANDS), 'help', '--version']);
    for (const { command, options } of known) expect(zshOffers('weir', command, '--')).toEqual(options);
    expect(zshOffers('weir', 'dead', '')).toEqual(['list', 'show', 'edit', 'redrive', 'discard']);
    expect(zshOffers('weir', 'help', '')).toEqual(Object.keys(COMMANDS));
    expect(zshOffers('weir', 'run', '--requests-file', '')).toEqual(['FILES']);
    expect(zshOffers('weir', 'submit', '')).toEqual(['FILES']);
    expect(zshOffers('npx', 'weir', 'dead', '')).toEqual(['list', 'show', 'edit', 'redrive', 'discard']);
    expect(zshOffers('npx', 'cdk', '')).toEqual(['FILES']);
  });
});

test('weir completion prints the script of the shell that is named, and refuses another one', async () => {
  const cwd = temporaryFolder();
  expect(await weir(['completion', 'bash'], { cwd })).toEqual({
    status: 0,
    stdout: `${bashCompletion(known)}\n`,
    stderr: '',
  });
  const { status, stderr } = await weir(['completion', 'fish'], { cwd });
  expect([status, stderr]).toEqual([2, expect.stringContaining('say which: bash or zsh')]);
});

test('every command says which options it parses, and its help names each of them', async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { run, options } = await load();
    if (options === undefined) throw new Error(`weir ${name} does not say which options it parses`);
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    await run(['--help'], COMMANDS);
    const help = String(print.mock.lastCall?.[0]);
    print.mockRestore();
    const missing = Object.keys(options).filter(
      (option) => option !== 'help' && !help.includes(`--${option}`),
    );
    expect([name, missing]).toEqual([name, []]);
  }
});
