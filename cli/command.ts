/** What the command line knows of a command before it is loaded, and after. */
import type { ParseArgsConfig } from 'node:util';

/** Returns the exit status. */
type Command = (args: string[], commands: Commands) => Promise<number>;

/** `begin`: the four that `weir` alone shows. `build`: the others for a pipeline that is not deployed yet. */
export type CommandGroup = 'begin' | 'build' | 'operate';

type Options = NonNullable<ParseArgsConfig['options']>;

export interface LoadedCommand {
  readonly run: Command;
  /** For completion, and for the check of every command that the documents quote. */
  readonly options?: Options;
  /** The words that the first argument may be, where it is one of a few. */
  readonly actions?: readonly string[];
}

export type Commands = Readonly<
  Record<
    string,
    {
      readonly summary: string;
      /** `weir` alone shows the commands to begin with; default: operate. */
      readonly group?: CommandGroup;
      readonly load: () => Promise<LoadedCommand>;
      /** It computes in this process, which then has Lambda's zone and language. */
      readonly runsFunctions?: true;
    }
  >
>;
