/**
 * `weir completion`: a script for the shell, built from the command table and the options that each command
 * parses.
 */
import type { Commands } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { wordsOf } from '../completion/command-words.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { noSuchAction, parseCommand, words } from '../terminal/options.ts';

const HELP = `weir completion bash
weir completion zsh

Prints a script that completes the commands, actions and options of "weir" and "npx weir". Put one of these lines into
~/.bashrc or ~/.zshrc; in a project without a global weir, run it in the project's folder:
  eval "$(npx weir completion bash)"
  eval "$(npx weir completion zsh)"`;

export const ACTIONS = ['bash', 'zsh'] as const;

export const OPTIONS = { help: { type: 'boolean', short: 'h', default: false } } as const;

export async function completion(args: string[], commands: Commands): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [given, ...excess] = positionals;
  words(excess);
  const shell = ACTIONS.find((each) => each === given);
  if (shell === undefined) throw noSuchAction(given, ACTIONS);
  const known = await wordsOf(commands);
  console.log(shell === 'bash' ? bashCompletion(known) : zshCompletion(known));
  return 0;
}
