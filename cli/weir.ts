#!/usr/bin/env node
/** The command line: finds the command, and turns what goes wrong into a sentence and an exit status. */
import { printable } from '../local/report/printable.ts';
import { UsageError } from './options.ts';

/** Each loads only what it needs: `weir help` must not wait for the CDK. */
const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  run: {
    summary: 'run a pipeline on this machine, on the sample log or your own',
    load: async () => (await import('./run.ts')).run,
  },
  demo: {
    summary: "the article's programs beside their counterparts",
    load: async () => (await import('./demo.ts')).demo,
  },
  bench: {
    summary: 'measure Weir beside what one would use instead',
    load: async () => (await import('./bench.ts')).bench,
  },
};

/** Returns the exit status. */
type Command = (args: string[]) => Promise<number>;

const [name = 'help', ...args] = process.argv.slice(2);

// A reader that has seen enough closes the pipe (weir run | head); that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main();

async function main(): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const known = Object.entries(COMMANDS).map(([each, { summary }]) => `  ${each.padEnd(10)}${summary}`);
    const help = ['weir COMMAND [options]', '', ...known, '', 'weir COMMAND --help says more.'].join('\n');
    if (name === 'help' || name === '--help' || name === '-h') {
      console.log(help);
      return 0;
    }
    console.error(`weir: there is no command ${printable(JSON.stringify(name))}\n\n${help}`);
    return 2;
  }
  try {
    return await (await command.load())(args);
  } catch (error) {
    console.error(`weir ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}
