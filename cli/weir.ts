/** The command line: finds the command, and turns what goes wrong into a sentence and an exit status. */
import { readFileSync } from 'node:fs';
import { isRecord } from '../functions/json.ts';
import { nearest } from '../functions/nearest.ts';
import { printable } from '../local/report/printable.ts';
import { explain } from './explain.ts';
import { interruptedStatus, outputClosed } from './interruption.ts';
import { enterLambdaWorld } from './lambda-world.ts';
import { UsageError } from './options.ts';

/** Each loads only what it needs: `weir help` must not wait for the CDK. */
const COMMANDS: Readonly<
  Record<string, { summary: string; load: () => Promise<Command>; runsFunctions?: true }>
> = {
  run: {
    summary: 'run a pipeline on this machine, on the sample log or your own',
    load: async () => (await import('./run.ts')).run,
    runsFunctions: true,
  },
  demo: {
    summary: 'six small asyncio programs beside the same work as a pipeline',
    load: async () => (await import('./demo.ts')).demo,
  },
  bench: {
    summary: 'measure Weir beside what one would use instead',
    load: async () => (await import('./bench.ts')).bench,
  },
  submit: {
    summary: 'send requests from a file, each once',
    load: async () => (await import('./submit.ts')).submit,
  },
  status: {
    summary: 'queues, functions, dead letters, stopped keys, time to drain',
    load: async () => (await import('./status.ts')).status,
  },
  keys: {
    summary: 'the keys that there are',
    load: async () => (await import('./keys.ts')).keys,
  },
  state: {
    summary: 'the state of a key, and what is kept with it',
    load: async () => (await import('./state.ts')).state,
  },
  dead: {
    summary: 'dead letters: list, show, redrive, discard',
    load: async () => (await import('./dead.ts')).dead,
  },
  stopped: {
    summary: 'stopped keys: list, show, resume, skip',
    load: async () => (await import('./stopped.ts')).stopped,
  },
  replay: {
    summary: 'what a changed compute makes of recorded readings, before a deploy',
    load: async () => (await import('./replay.ts')).replay,
    runsFunctions: true,
  },
  plan: {
    summary: 'how a pipeline will behave and what it will cost, before it is deployed',
    load: async () => (await import('./plan.ts')).plan,
  },
};

/** Returns the exit status. */
type Command = (args: string[]) => Promise<number>;

const [name, args] = commandOf(process.argv.slice(2));

// A reader that has seen enough closes the pipe (weir keys | head): an interruption like any other.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    console.error(`weir ${name}: the output cannot be written: ${explain(error)}`);
    process.exit(1);
  }
  // Of what was about to end anyway there is nothing to say.
  if (interruptedStatus() === 0) setImmediate(sayStopping);
  outputClosed();
  process.exitCode = interruptedStatus(); // The command itself may have ended before its output was written.
});
// With nobody to read the errors there is nothing left to say.
process.stderr.on('error', () => {});

let ended = false;
process.exitCode = await main();
ended = true;

function sayStopping(): void {
  if (!ended) console.error(`weir ${name}: nobody reads the output any more, stopping`);
}

async function main(): Promise<number> {
  if (name === '--version') {
    console.log(version());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return helpOrRefuse();
  if (command.runsFunctions) enterLambdaWorld();
  try {
    const status = await (await command.load())(args);
    return interruptedStatus() || status;
  } catch (error) {
    if (interruptedStatus() !== 0) return interruptedStatus();
    const hint = error instanceof UsageError ? `\nweir ${name} --help says how it is called.` : '';
    console.error(`weir ${name}: ${explain(error)}${hint}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** `weir help run` is `weir run --help`. */
function commandOf([first = 'help', ...rest]: string[]): [string, string[]] {
  const asksFor = first === 'help' ? rest[0] : undefined;
  return asksFor === undefined ? [first, rest] : [asksFor, ['--help']];
}

function helpOrRefuse(): number {
  const known = Object.entries(COMMANDS).map(([each, { summary }]) => `  ${each.padEnd(10)}${summary}`);
  const help = [
    'weir COMMAND [options]',
    '',
    ...known,
    '',
    'weir COMMAND --help says more, weir --version says which this is.',
  ].join('\n');
  if (name === 'help' || name === '--help' || name === '-h') {
    console.log(help);
    return 0;
  }
  const meant = nearest(name, Object.keys(COMMANDS));
  const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
  console.error(`weir: there is no command ${printable(JSON.stringify(name))}${hint}\n\n${help}`);
  return 2;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return isRecord(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : 'not known';
}
