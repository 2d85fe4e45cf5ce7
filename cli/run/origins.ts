/** The logs of a run: for each file a slow server on 127.0.0.1 serves it in parts. */
import { type Origin, startOrigin } from '../../local/origin/slow-server.ts';
import { filesOf } from './input-files.ts';

export interface Origins extends AsyncDisposable {
  /** The requests to submit, one for each part of a log. */
  readonly requests: readonly unknown[];
  /** Value for WEIR_ALLOW_HOSTS. */
  readonly allowHosts: string;
}

/**
 * `parts`: number of parts of all files together. Entries of a folder that are not read are named on standard
 * error.
 */
export async function startOrigins(input: string, parts: number, seed: number): Promise<Origins> {
  const { files, leftOut } = await filesOf(input);
  for (const line of leftOut) console.error(line);
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
