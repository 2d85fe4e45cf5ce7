import { expect, test } from 'vitest';
import { controlMessage } from '../../functions/commands.ts';
import { computeBatch } from '../../functions/compute/compute.ts';
import { contentOf } from '../../operate/dead-content.ts';
import { deadReadingIn } from '../../operate/dead-letter.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { showStopped } from '../../operate/stopped.ts';
import { buildCompute } from '../builders.ts';
import { createStage, TABLE } from '../client/table.ts';
import { listing, merged, named, pack, plain } from '../functions/merge/merging.ts';

const place = { sequence: 1 };

function letterOf(body: string) {
  const about = { messageId: 'm', receiptHandle: '', group: 'k', sentAt: 0, receiveCount: 1, attributes: {} };
  return deadReadingIn({ ...about, body });
}

test('a dead partial is shown as a partial, with the number of readings that it stands for', () => {
  const letter = letterOf(merged(listing(), 'r-1', named(['a', 'b', 'c']), place).body);
  expect(letter).toMatchObject({ holds: 3, partial: { count: 3, stateVersion: 1 } });
  expect(contentOf(letter)).toEqual({ title: 'the partial of 3 readings', text: '["a","b","c"]' });
});

test('dead readings are shown unpacked, and messages that Weir did not write unchanged', () => {
  const many = named(Array.from({ length: 200 }, (_, n) => `reading ${n}`));
  const packed = letterOf(plain('r-1', many, place).body);
  expect(packed.body).not.toContain('reading 17');
  expect(contentOf(packed)).toEqual({ title: 'the 200 readings', text: JSON.stringify(many) });
  expect(contentOf(letterOf(plain('r-1', named(['a']), place).body)).title).toBe('the reading');
  expect(contentOf(letterOf('junk'))).toEqual({ title: 'the message', text: 'junk' });
  const word = controlMessage('k', 'resume', { receipt: 'r', index: 0 }, 'o').body;
  expect(contentOf(letterOf(word))).toEqual({ title: 'the message', text: word });
});

test('a partial on which merge throws is set aside as a partial', async () => {
  const merge = () => {
    throw new Error('it does not merge');
  };
  const stage = buildCompute({ pipeline: listing(new Set(), { merge }) });
  await computeBatch([merged(listing(), 'r-1', named(['a', 'b', 'c']), place)], 30_000, stage);
  const [dead] = stage.store.dead();
  expect(letterOf(dead?.body ?? '')).toMatchObject({ holds: 3, partial: { count: 3 }, key: 'k' });
});

test('a key that stopped on a partial shows it as a partial, with the state before it', async () => {
  const merge = () => {
    throw new Error('it does not merge');
  };
  const { dynamo, hear } = await createStage(undefined, {
    pipeline: listing(new Set(), { merge, poison: 'stop' }),
  });
  for (const message of pack(listing(), 'r-1', named(['a', 'b', 'c']))) await hear(message);
  const { culprit } = await showStopped({ dynamo, table: TABLE } as unknown as Deployment, 'k');
  expect(culprit).toMatchObject({ request: 'r-1', reading: ['a', 'b', 'c'], partial: { count: 3 } });
});
