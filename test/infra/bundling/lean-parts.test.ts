import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { forLambda, PROJECT } from '../../../infra/bundling/bundle.ts';
import { REPLACED } from '../../../infra/bundling/lean-parts.ts';
import { leanSdk } from '../../../infra/bundling/lean-sdk.ts';
import { leaveOut } from '../../../infra/bundling/leave-out.ts';

test('each part of the SDK that bundles leave out is a part of the installed SDK', async () => {
  const folder = join(PROJECT, 'functions/aws');
  const { metafile } = await build({
    ...forLambda,
    stdin: {
      contents: `export * from './dynamo-state-store.ts'; export * from './sqs.ts';`,
      resolveDir: folder,
      sourcefile: join(folder, 'bundled.ts'),
    },
    plugins: [leanSdk, leaveOut],
  });
  const files = Object.keys(metafile.inputs)
    .filter((name) => name.endsWith('?lean'))
    .map((name) => name.replace('?lean', ''));
  const absent = REPLACED.filter(([pattern]) => !files.some((file) => pattern.test(file)));
  expect(absent.map(([pattern]) => pattern.source)).toEqual([]);
});
