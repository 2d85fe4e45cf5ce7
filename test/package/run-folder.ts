/** The folder that the test files of one run share: a file can use what another packed or installed. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly runFolder: string;
  }
}

/** Its name has a space and letters beyond ASCII, as a user's may have. Returns what ends it. */
export default function makeRunFolder(project: TestProject): () => void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir Häuser ')));
  project.provide('runFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
}
