/** The description of a command: what the command line needs before it loads the command, and after. */
import type { ParseArgsConfig } from 'node:util';

/** Returns the exit status. */
type Command = (args: string[], commands: Commands) => Promise<number>;

/**
 * `begin`: the four commands that `weir` alone shows. `build`: others for a pipeline that is not deployed
 * yet.
 */
export type CommandGroup = 'begin' | 'build' | 'operate';

type Options = NonNullable<ParseArgsConfig['options']>;

export interface LoadedCommand {
  readonly run: Command;
  /** For shell completion, and for the check of every command that the documents quote. */
  readonly options?: Options;
  /** Allowed values of the first argument, if they are fixed. */
  readonly actions?: readonly string[];
}

export type Commands = Readonly<
  Record<
    string,
    {
      readonly summary: string;
      /** `weir` alone shows the `begin` commands. Default: operate. */
      readonly group?: CommandGroup;
      readonly load: () => Promise<LoadedCommand>;
      /** The command runs functions in this process, which then needs Lambda's time zone and language. */
      readonly runsFunctions?: true;
    }
  >
>;
