/**
 * dynoxide: a DynamoDB engine on SQLite, a separate program, from the npm package of the platform. The
 * benchmark's AWS pattern runs on it because it needs updates; tests compare the embedded table with it.
 *
 * The engine's data is in a new folder that is deleted when this process ends for any reason.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJsonCall, type JsonCall } from '../../local/gateway/json-call.ts';

export interface Dynoxide {
  readonly endpoint: string;
  readonly call: JsonCall;
  readonly file: string;
  close(): Promise<void>;
}

export async function startDynoxide(): Promise<Dynoxide> {
  const binary = findBinary();
  let failure: unknown;
  for (let attempt = 1; attempt <= PORT_ATTEMPTS_MAX; attempt += 1) {
    try {
      return await startEngine(binary, await freePort());
    } catch (error) {
      // Another process may have taken the port since it was found.
      failure = error;
    }
  }
  throw failure;
}

const PORT_ATTEMPTS_MAX = 3;
const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 5_000;

export function findBinary(platform: string = `${process.platform}-${process.arch}`): string {
  const name = `@dynoxide/${platform}`;
  try {
    return fileURLToPath(import.meta.resolve(`${name}/dynoxide`));
  } catch (error) {
    throw new Error(
      `there is no package ${name} for this platform: the benchmark of the AWS pattern runs on Linux on x64`,
      { cause: error },
    );
  }
}

async function startEngine(binary: string, port: number): Promise<Dynoxide> {
  const directory = mkdtempSync(join(fastestFolder(), 'weir-'));
  const file = join(directory, 'dynamodb');
  const endpoint = `http://127.0.0.1:${port}`;
  const call = createJsonCall(endpoint);
  // In its own process group, so that Ctrl-C on the terminal reaches only us and functions can finish their
  // work.
  const engine = spawn(
    '/bin/sh',
    [
      '-c',
      WATCHED,
      'sh',
      directory,
      binary,
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--db-path',
      file,
    ],
    { stdio: ['pipe', 'ignore', 'pipe'], detached: true },
  );
  const said: string[] = [];
  engine.stderr.on('data', (text) => said.push(String(text)));
  const close = () => stopEngine(engine, directory);
  try {
    await untilListening(engine, said);
  } catch (error) {
    await close();
    throw new Error(`the DynamoDB engine did not start: ${said.join('').trim()}`, { cause: error });
  }
  return { endpoint, call, file, close };
}

/**
 * Runs the engine until our end of its input closes, which happens even if this process is killed, and then
 * removes its folder. The shell's own output is discarded: writing it when nobody reads any more would end
 * the shell too early.
 */
const WATCHED = `
directory=$1; shift; exec 3<&0 4>&2 2>/dev/null
"$@" </dev/null 2>&4 3<&- & engine=$!
{ cat <&3 >/dev/null; kill $engine; } &
wait $engine; rm -rf -- "$directory"`;

/**
 * /dev/shm is in memory: the engine flushes its file after every write, which takes most of its time on a
 * disk.
 */
function fastestFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}

/** By its own word. An answer would not do: on a port that was taken meanwhile another engine would give it. */
async function untilListening(engine: ChildProcess, said: readonly string[]): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (!said.join('').includes('listening on')) {
    if (engine.exitCode !== null) throw new Error(`it ended with status ${engine.exitCode}`);
    if (performance.now() > until) throw new Error(`it said nothing for ${START_TIMEOUT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function stopEngine(engine: ChildProcess, directory: string): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (engine.exitCode !== null || engine.signalCode !== null) resolve();
    engine.once('exit', () => resolve());
  });
  engine.stdin?.destroy();
  const timer = setTimeout(() => killGroup(engine), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(timer);
  // There is something left to remove only if the shell had to be killed.
  rmSync(directory, { recursive: true, force: true });
}

/** The shell and the engine: the shell leads its own group, which contains nothing else. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
