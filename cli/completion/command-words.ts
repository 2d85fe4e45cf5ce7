/** The words that a shell can complete: of each command its actions and its options, as the command itself parses them. */
import type { Commands } from '../command.ts';

export interface CommandWords {
  readonly command: string;
  readonly actions: readonly string[];
  /** With their dashes. */
  readonly options: readonly string[];
  /** Those of them that take a value. */
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
