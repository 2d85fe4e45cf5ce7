import { describe, expect, test } from 'vitest';
import { computeBatch } from '../../../functions/compute/compute.ts';
import type { Committed } from '../../../functions/ports.ts';
import { buildCompute, buildMessage, buildPipeline } from '../../builders.ts';

const throwsOver = (poisonous: unknown, poison: 'quarantine' | 'stop') =>
  buildPipeline({
    poison,
    initial: () => 0,
    compute: (state, reading, { emit, skip }) => {
      if (reading === poisonous) throw new Error(`cannot take it`);
      if (reading === 'skip me') skip('asked to');
      emit('an output');
      return Number(state) + 1;
    },
  });

async function commitsOf(
  pipeline: ReturnType<typeof buildPipeline>,
  ...messages: Parameters<typeof buildMessage>[0][]
): Promise<(Committed | undefined)[]> {
  const stage = buildCompute({ pipeline });
  for (const message of messages) await computeBatch([buildMessage(message)], 30_000, stage);
  return stage.observations.flatMap((seen) => (seen.kind === 'commit' ? [seen.committed] : []));
}

describe('the observation of a commit has its effects and no values:', () => {
  test('readings applied, skipped and set aside with the reason, outputs and the size of the state', async () => {
    const readings = ['a', 'skip me', 'bad', 'b'];
    expect(await commitsOf(throwsOver('bad', 'quarantine'), { request: 'r-1', readings })).toEqual([
      {
        requests: ['r-1'],
        applied: 2,
        skipped: 1,
        dead: 1,
        parked: 0,
        numbersFell: 0,
        outputs: 3,
        stateBytes: 1,
        setAside: { reasons: ['cannot take it'], requests: ['r-1'] },
        stopped: undefined,
      },
    ]);
  });

  test('a reading set aside has its own request, and not the others of its batch', async () => {
    const stage = buildCompute({ pipeline: throwsOver('bad', 'quarantine') });
    const batch = [
      buildMessage({ request: 'r-1', sequence: 1, readings: ['a'] }),
      buildMessage({ request: 'r-2', sequence: 2, readings: ['bad'] }),
      buildMessage({ request: 'r-3', sequence: 3, readings: ['b'] }),
    ];
    await computeBatch(batch, 30_000, stage);
    const commits = stage.observations.flatMap((seen) => (seen.kind === 'commit' ? [seen.committed] : []));
    expect(commits).toMatchObject([
      { requests: ['r-1', 'r-2', 'r-3'], setAside: { reasons: ['cannot take it'], requests: ['r-2'] } },
    ]);
  });

  test('a key that stops, and one that is stopped already, with the parked messages', async () => {
    const commits = await commitsOf(
      throwsOver('bad', 'stop'),
      { request: 'r-1', sequence: 1, readings: ['a', 'bad'] },
      { request: 'r-2', sequence: 2, readings: ['b'] },
    );
    expect(commits).toMatchObject([
      { applied: 1, parked: 1, stopped: { reason: 'cannot take it', before: false } },
      { applied: 0, parked: 1, stopped: { reason: 'cannot take it', before: true } },
    ]);
  });
});
