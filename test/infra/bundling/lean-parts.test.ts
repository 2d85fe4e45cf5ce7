import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';
import { forLambda, PROJECT } from '../../../infra/bundling/bundle.ts';
import { REPLACED } from '../../../infra/bundling/lean-parts.ts';
import { leanSdk } from '../../../infra/bundling/lean-sdk.ts';
import { leaveOut } from '../../../infra/bundling/leave-out.ts';

const CLIENTS = `export * from './dynamo-state-store.ts'; export * from './sqs.ts'; export * from './signed-headers.ts';`;

test('each part of the SDK that bundles leave out is a part of the installed SDK', async () => {
  const files = copiesIn(await bundled(CLIENTS));
  const absent = REPLACED.filter(([pattern]) => !files.some((file) => pattern.test(file)));
  expect(absent.map(([pattern]) => pattern.source)).toEqual([]);
});

test('bundling reads no more files of the SDK than a bundle holds, except for a few', async () => {
  const metafile = await bundled(CLIENTS);
  const outputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const held = new Set(outputs.flatMap(([name, { bytesInOutput }]) => (bytesInOutput > 0 ? [name] : [])));
  const read = Object.keys(metafile.inputs).filter((name) => /node_modules\/@(aws-sdk|smithy)\//.test(name));
  expect(held.size).toBeGreaterThan(100);
  expect(read.filter((name) => !held.has(name)).length).toBeLessThan(read.length / 10);
});

test('a file of Weir that imports more from a client than the list has is refused by name', async () => {
  const more = bundled(`import { ScanCommand } from '@aws-sdk/client-dynamodb'; console.log(ScanCommand);`);
  await expect(more).rejects.toThrow('client-dynamodb/dist-es/index.js?lean" for import "ScanCommand"');
});

async function bundled(contents: string): Promise<Metafile> {
  const folder = join(PROJECT, 'functions/aws');
  const { metafile } = await build({
    ...forLambda,
    stdin: { contents, resolveDir: folder, sourcefile: join(folder, 'bundled.ts') },
    plugins: [leanSdk, leaveOut],
  });
  return metafile;
}

function copiesIn({ inputs }: Metafile): string[] {
  return Object.keys(inputs)
    .filter((name) => name.endsWith('?lean'))
    .map((name) => name.replace('?lean', ''));
}
