/** Submits chunks one after the other, each until SQS has it: only then is the next one asked for. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'weir-pipelines/client';
import type { Chunk } from './chunk.ts';

type Body = Omit<Chunk, 'id'>;

const AGAIN_AFTER_MS = 1000;

export async function submitChunks(
  chunks: AsyncIterable<Chunk>,
  client: Pick<Client<unknown, Body>, 'submit'>,
): Promise<void> {
  for await (const { id, ...body } of chunks) {
    for (;;) {
      const { accepted, refused, unknown } = await client.submit([{ id, body }]);
      if (accepted.length === 1) break;
      console.error([...refused, ...unknown].map(({ reason }) => reason).join());
      await wait(AGAIN_AFTER_MS);
    }
  }
}
