/** The logs to run on: each file gets a slow server on 127.0.0.1 that serves it in parts. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Origin, startOrigin } from '../local/origin.ts';
import { UsageError } from './options.ts';

export interface Origins extends AsyncDisposable {
  /** What to submit: a part of a log each. */
  readonly requests: readonly unknown[];
  /** For WEIR_ALLOW_HOSTS. */
  readonly allowHosts: string;
}

/** `parts` is for all files together. */
export async function startOrigins(input: string, parts: number, seed: number): Promise<Origins> {
  const files = await filesOf(input);
  const origins: Origin[] = [];
  const close = async () => {
    await Promise.all(origins.map((origin) => origin.close()));
  };
  try {
    for (const [index, file] of files.entries()) {
      const share = Math.max(1, Math.round(parts / files.length));
      origins.push(await startOrigin({ file, parts: share, seed: seed + index }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    requests: origins.flatMap((origin) => origin.requests),
    allowHosts: origins.map((origin) => origin.allowHost).join(','),
    [Symbol.asyncDispose]: close,
  };
}

async function filesOf(input: string): Promise<string[]> {
  const found = await stat(input).catch(() => undefined);
  if (found === undefined) throw new UsageError(`--input ${input}: there is no such file or folder`);
  if (found.isFile()) return [input];
  if (!found.isDirectory()) throw new UsageError(`--input ${input}: it is neither a file nor a folder`);
  const entries = await readdir(input, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => join(input, name));
  if (files.length === 0) throw new UsageError(`--input ${input}: there are no files in that folder`);
  return files.sort();
}
