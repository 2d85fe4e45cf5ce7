/** Finds the command, and turns an error into a message and an exit status. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../functions/json.ts';
import { nearest } from '../functions/nearest.ts';
import { printable } from '../local/report/printable.ts';
import type { Commands } from './command.ts';
import { beginning, helpOf } from './help-text.ts';
import { enterLambdaWorld } from './run/lambda-world.ts';
import { explain } from './terminal/explain-error.ts';
import { interruptedStatus, outputClosed } from './terminal/interruption.ts';
import { UsageError } from './terminal/options.ts';

/** `program`: the words that the user typed before the command. */
export async function dispatch(program: string, commands: Commands, argv: string[]): Promise<number> {
  const [name, args] = commandOf(argv);
  const said = `${program} ${name}`;
  const ending = watchOutput(said);
  if (name === '--version') {
    console.log(version());
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return helpOrRefuse(program, commands, name);
  if (command.runsFunctions) enterLambdaWorld();
  try {
    const { run } = await command.load();
    const status = await run(args, commands);
    return interruptedStatus() || status;
  } catch (error) {
    if (interruptedStatus() !== 0) return interruptedStatus();
    const hint = error instanceof UsageError ? `\n${said} --help shows how to call it.` : '';
    console.error(`${said}: ${explain(error)}${hint}`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    ending.ended = true;
  }
}

/** A reader that closes the pipe early (weir keys | head) is an interruption like any other. */
function watchOutput(said: string): { ended: boolean } {
  const ending = { ended: false };
  const sayStopping = () => {
    if (!ending.ended) console.error(`${said}: the output was closed; stopping`);
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      console.error(`${said}: the output cannot be written: ${explain(error)}`);
      process.exit(1);
    }
    // A command that is about to end anyway says nothing.
    if (interruptedStatus() === 0) setImmediate(sayStopping);
    outputClosed();
    process.exitCode = interruptedStatus(); // The command may have ended before its output was written.
  });
  // If nothing reads standard error, there is nothing to report.
  process.stderr.on('error', () => {});
  return ending;
}

/** `weir help run` is `weir run --help`. */
function commandOf([first = '', ...rest]: string[]): [string, string[]] {
  const asksFor = first === 'help' ? rest[0] : undefined;
  return asksFor === undefined ? [first, rest] : [asksFor, ['--help']];
}

function helpOrRefuse(program: string, commands: Commands, name: string): number {
  if (name === 'help' || name === '--help' || name === '-h') {
    console.log(helpOf(program, commands));
    return 0;
  }
  if (name === '') {
    console.log(beginning(program, commands));
    return 0;
  }
  const meant = nearest(name, Object.keys(commands));
  const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
  console.error(`${program}: there is no command ${printable(JSON.stringify(name))}${hint}`);
  console.error(`${program} help lists the commands.`);
  return 2;
}

export function version(): string {
  const file = fileURLToPath(import.meta.resolve('weir-pipelines/package.json'));
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return isRecord(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : 'not known';
}
