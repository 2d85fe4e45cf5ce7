/**
 * Finds the local run that is up. A run writes its address to `.weir/local.json` and removes the file when it
 * ends. A file whose process is gone belongs to a run that was killed, and is ignored.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { OperatorError } from '../model/operator-error.ts';
import { connectLocal } from './connect.ts';
import type { Deployment } from './deployment.ts';

export const LOCAL_FILE = '.weir/local.json';

const LocalRun = v.object({
  process: v.number(),
  addresses: v.object({
    name: v.string(),
    requestsQueue: v.string(),
    requestsDeadLetterQueue: v.string(),
    readingsQueue: v.string(),
    readingsDeadLetterQueue: v.string(),
    table: v.string(),
    backfillQueue: v.optional(v.string()),
    backfillMapping: v.optional(v.string()),
    functions: v.object({
      reader: v.optional(v.string()),
      compute: v.optional(v.string()),
      writer: v.optional(v.string()),
    }),
    mappings: v.object({
      reader: v.optional(v.string()),
      compute: v.optional(v.string()),
      writer: v.optional(v.string()),
    }),
    brakeRole: v.optional(v.string()),
  }),
  access: v.object({
    endpoint: v.string(),
    region: v.string(),
    accessKeyId: v.string(),
    failedOutputsFolder: v.string(),
    startedAt: v.string(),
  }),
});

export type LocalRun = v.InferOutput<typeof LocalRun>;

export async function findLocal(file: string = LOCAL_FILE): Promise<Deployment> {
  const found = await readLocal(file);
  if (found !== undefined) return connectLocal(found.addresses, found.access);
  throw new OperatorError(
    `no local run is up in this folder (${file}): start one with "weir run --stay" in another terminal ` +
      'and wait until it says Deployed, or name a deployed stack with --stack NAME',
  );
}

/**
 * The file of one of several runs: `weir run --all` starts each pipeline of a stack, by the name of its
 * construct.
 */
export function localFileOf(pipeline: string, folder: string = dirname(LOCAL_FILE)): string {
  return `${folder}/${pipeline}/local.json`;
}

/** The run of this pipeline in the folder; without a name, the only run that is up. */
export async function findLocalOf(
  pipeline: string | undefined,
  folder: string = dirname(LOCAL_FILE),
): Promise<Deployment> {
  const up = await runsIn(folder);
  const name = pipeline?.replace(/[^A-Za-z0-9]/g, '');
  const found = up.filter((run) => name === undefined || run.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return connectLocal(only.run.addresses, only.run.access);
  const names = [...new Set(up.map((run) => run.name))].sort().join(', ');
  if (up.length === 0) return findLocal(join(folder, basename(LOCAL_FILE)));
  throw new OperatorError(
    name === undefined
      ? `several local runs are up in this folder: choose with --pipeline: ${names}`
      : `no local run of a pipeline ${JSON.stringify(pipeline)} is up in this folder: there is ${names}`,
  );
}

/** By the last part of the name: Meters for Site/Meters. The run without a folder of its own comes first. */
async function runsIn(folder: string): Promise<{ readonly name: string; readonly run: LocalRun }[]> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const files = [join(folder, basename(LOCAL_FILE)), ...names.map((name) => localFileOf(name, folder))];
  const runs = await Promise.all(files.map(readLocal));
  return runs.flatMap((run) =>
    run === undefined ? [] : [{ name: run.addresses.name.split('/').at(-1) ?? '', run }],
  );
}

/** Announces the run. Throws if another one is up: the commands could not tell which one is meant. */
export async function announceLocal(run: LocalRun, file: string = LOCAL_FILE): Promise<AsyncDisposable> {
  const path = resolve(file);
  await mkdir(dirname(path), { recursive: true });
  const text = `${JSON.stringify(run, null, 2)}\n`;
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const other = await readLocal(file);
    if (other !== undefined) throw alreadyUp(other, file);
    await writeFile(path, text);
  }
  return {
    async [Symbol.asyncDispose]() {
      const current = await readFile(path, 'utf8').catch(() => undefined);
      if (current === text) await rm(path, { force: true });
    },
  };
}

/** Called before anything starts, because a run takes a while to start. */
export async function assertNoneUp(file: string = LOCAL_FILE): Promise<void> {
  const other = await readLocal(file);
  if (other !== undefined) throw alreadyUp(other, file);
}

function alreadyUp(other: LocalRun, file: string): OperatorError {
  return new OperatorError(
    `a local run is up already (${other.addresses.name}, process ${other.process}, ${file}): use it, or end it with ` +
      'Ctrl-C first',
  );
}

async function readLocal(file: string): Promise<LocalRun | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), LocalRun), text);
  return parsed.success && (await isUp(parsed.output)) ? parsed.output : undefined;
}

/** After a run, its process id and port may be reused, so the gateway is asked which run it serves. */
async function isUp({ process: processId, access }: LocalRun): Promise<boolean> {
  if (!isAlive(processId)) return false;
  const answer = await fetch(access.endpoint, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(
    (error: unknown) => error,
  );
  // A busy run may not answer in time. Only a refusal or the answer of another run means that it is gone.
  if (!(answer instanceof Response)) return answer instanceof Error && answer.name === 'TimeoutError';
  const said = v.safeParse(
    v.object({ process: v.literal(processId) }),
    await answer.json().catch(() => undefined),
  );
  return said.success;
}

const ANSWER_WITHIN_MS = 5_000;

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // It lives, as somebody else's.
  }
}
