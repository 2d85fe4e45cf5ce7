/**
 * Submits chunks one after another: the next one is requested only when SQS has the current one. A chunk that
 * SQS can never accept would block all others forever, so it goes to the dead-letter queue of requests, with
 * its position.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'weir-pipelines/client';
import type { Chunk } from './chunk.ts';
import { type DeadLetter, letterOf } from './dead-letter.ts';

type Body = Omit<Chunk, 'id'>;

const AGAIN_AFTER_MS = 1000;

export interface Destination {
  readonly client: Pick<Client<unknown, Body>, 'submit'>;
  /** Resolves when the dead-letter queue has the letter. */
  readonly setAside: (letter: DeadLetter) => Promise<unknown>;
}

export async function submitChunks(
  chunks: AsyncIterable<Chunk>,
  { client, setAside }: Destination,
  againAfterMs = AGAIN_AFTER_MS,
): Promise<void> {
  for await (const chunk of chunks) {
    const { id, ...body } = chunk;
    const letter = letterOf(chunk);
    const send = async (): Promise<string | undefined> => {
      if (letter === undefined) {
        const { accepted, refused, unknown } = await client.submit([{ id, body }]);
        return accepted.length === 1
          ? undefined
          : [...refused, ...unknown].map(({ reason }) => reason).join();
      }
      console.error(`${id} is set aside: ${letter.reason}`);
      return setAside(letter).then(
        () => undefined,
        (error: unknown) => `not set aside: ${String(error)}`,
      );
    };
    for (let problem = await send(); problem !== undefined; problem = await send()) {
      console.error(problem);
      await wait(againAfterMs);
    }
  }
}
