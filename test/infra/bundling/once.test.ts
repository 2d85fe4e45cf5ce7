import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { bundlePipeline } from '../../../infra/bundling/bundle-pipeline.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test.each([
  ['lets esbuild keep its garbage up to a limit', undefined, 'off-512mib'],
  ['leaves the garbage to variables that are set', '100', '100-512mib'],
])('a process that bundles once %s', async (_what, set, name) => {
  vi.stubEnv('GOGC', set);
  const folder = await temporaryFolder();
  const file = join(folder, 'named.ts');
  const tally = join(import.meta.dirname, '../tally.ts');
  writeFileSync(
    file,
    `import tally from ${JSON.stringify(tally)};
     const { GOGC, GOMEMLIMIT } = process.env;
     export default { ...tally, name: [GOGC, GOMEMLIMIT].join('-').toLowerCase() };`,
  );
  expect(bundlePipeline(file, { outdir: folder }).name).toBe(name);
});
