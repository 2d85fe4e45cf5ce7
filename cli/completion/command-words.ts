/**
 * The words that a shell can complete: each command's actions and options, as the command itself parses them.
 */
import type { Commands } from '../command.ts';

export interface CommandWords {
  readonly command: string;
  readonly actions: readonly string[];
  /** With their leading dashes. */
  readonly options: readonly string[];
  /** The options that take a value. */
  readonly valued: readonly string[];
}

export async function wordsOf(commands: Commands): Promise<CommandWords[]> {
  return Promise.all(
    Object.entries(commands).map(async ([command, { load }]) => {
      const { options = {}, actions = [] } = await load();
      const named = Object.entries(options).map(([name, { type }]) => ({ name: `--${name}`, type }));
      return {
        command,
        actions,
        options: named.map(({ name }) => name),
        valued: named.flatMap(({ name, type }) => (type === 'string' ? [name] : [])),
      };
    }),
  );
}
