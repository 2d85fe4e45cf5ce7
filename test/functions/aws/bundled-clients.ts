/**
 * The functions' clients as in a bundle: without the parts that infra/bundling/lean-sdk.ts removes, and with
 * the commands of the same copy.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { forLambda, PROJECT } from '../../../infra/bundling/bundle.ts';
import { leanSdk } from '../../../infra/bundling/lean-sdk.ts';
import { leaveOut } from '../../../infra/bundling/leave-out.ts';

type Clients = typeof import('../../../functions/aws/signed-headers.ts') &
  typeof import('../../../functions/aws/dynamo-state-store.ts') &
  typeof import('../../../functions/aws/sqs.ts') &
  typeof import('@aws-sdk/client-dynamodb') &
  typeof import('@aws-sdk/client-sqs');

export async function bundleClients(): Promise<Clients> {
  const folder = join(PROJECT, 'functions/aws');
  const { outputFiles } = await build({
    ...forLambda,
    sourcemap: false,
    stdin: {
      contents: `
        export { createDynamoClient } from './dynamo-state-store.ts';
        export { createSqsClient } from './sqs.ts';
        export { signedHeaders } from './signed-headers.ts';
        export { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
        export { SendMessageBatchCommand } from '@aws-sdk/client-sqs';`,
      resolveDir: folder,
      sourcefile: join(folder, 'bundled.ts'),
    },
    plugins: [leanSdk, leaveOut],
  });
  const made = await mkdtemp(join(tmpdir(), 'weir-clients-'));
  const file = join(made, 'clients.mjs');
  await writeFile(file, outputFiles[0]?.contents ?? '');
  try {
    return await import(file);
  } finally {
    await rm(made, { recursive: true });
  }
}
