import { describe, expect, test } from 'vitest';
import { encodeItem, type Item } from '../../../functions/aws/dynamo-items.ts';
import { parseStreamEvent } from '../../../functions/aws/stream-records.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import type { Delivery, Pipeline } from '../../../functions/pipeline.ts';
import type { Observation } from '../../../functions/ports.ts';
import { ITEM_FORMAT } from '../../../functions/state.ts';
import type { DeadReading } from '../../../functions/state-store.ts';
import { type StreamRecord, type WriterPorts, writeBatch } from '../../../functions/writer/writer.ts';
import {
  buildCompute,
  buildMessage,
  buildPipeline,
  createRecordingOutbox,
  type Refuse,
} from '../../builders.ts';
import { createManualClock, settle } from '../../clocks.ts';
import { buildItem, toStreamImage } from '../../item-builder.ts';

const TIME_MS = 30_000;

interface Parts {
  readonly write?: Pipeline['write'];
  readonly refuse?: Refuse;
}

async function build({ write, refuse }: Parts = {}) {
  const clock = createManualClock();
  const written: Delivery<unknown>[] = [];
  const observations: Observation[] = [];
  const pipeline = buildPipeline({
    compute: (_, reading, { emit }) => {
      emit({ reading, n: 0 });
      emit({ reading, n: 1 });
      return reading;
    },
    write: write ?? (async (outputs) => void written.push(...outputs)),
  });
  const stage = buildCompute({ pipeline });
  const deadLetters = createRecordingOutbox(refuse);
  const ports: WriterPorts = {
    pipeline,
    store: stage.store,
    deadLetters,
    requests: createRecordingOutbox(),
    clock,
    observe: (observation) => observations.push(observation),
  };
  /** The stream records of one commit for each key named, in that order. */
  async function commits(...keys: string[]): Promise<StreamRecord[]> {
    for (const [n, key] of keys.entries()) {
      const message = buildMessage({ key, sequence: n + 1, request: `r${n}`, readings: [`reading ${n}`] });
      expect(await computeBatch([message], TIME_MS, stage)).toEqual([]);
    }
    return stage.store.commits.map(({ next }, n) => ({
      sequenceNumber: `s${n}`,
      key: next.key,
      kind: 'committed',
      item: next,
    }));
  }
  return { clock, ports, written, observations, deadLetters, commits };
}

const dead: DeadReading = {
  key: 'k',
  id: 'dead-1',
  body: 'body',
  group: 'group of k',
  reason: 'cannot',
  stage: 'compute',
  attempts: 2,
  sentAt: 1,
};

describe('outputs', () => {
  test('have the ids of their commit, and the same ids and content when they are delivered again', async () => {
    const { ports, written, commits } = await build();
    const records = await commits('k', 'k');
    expect(await writeBatch(records, TIME_MS, ports)).toEqual([]);
    expect(written).toEqual([
      { id: 'k/1/0', key: 'k', version: 1, output: { reading: 'reading 0', n: 0 } },
      { id: 'k/1/1', key: 'k', version: 1, output: { reading: 'reading 0', n: 1 } },
      { id: 'k/2/0', key: 'k', version: 2, output: { reading: 'reading 1', n: 0 } },
      { id: 'k/2/1', key: 'k', version: 2, output: { reading: 'reading 1', n: 1 } },
    ]);
    const before = written.splice(0);
    expect(await writeBatch(records, TIME_MS, ports)).toEqual([]);
    expect(written).toEqual(before);
  });

  test('of one key are written in the order of their commits, keys side by side', async () => {
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const { ports, commits } = await build({
      write: ([first]) =>
        new Promise((resolve) => {
          started.push(first?.id ?? '');
          ends.push(resolve);
        }),
    });
    const done = writeBatch(await commits('a', 'b', 'a'), TIME_MS, ports);
    await settle();
    expect(started).toEqual(['a/1/0', 'b/1/0']);
    ends[0]?.();
    await settle();
    expect(started).toEqual(['a/1/0', 'b/1/0', 'a/2/0']);
    for (const end of ends) end();
    expect(await done).toEqual([]);
  });

  test('that fail report their record and the later ones of their key, not those of other keys', async () => {
    const tried: string[] = [];
    const { ports, commits, observations } = await build({
      write: async ([first]) => {
        tried.push(first?.id ?? '');
        if (first?.id === 'a/2/0') throw new Error('sink is down');
      },
    });
    const failed = await writeBatch(await commits('a', 'b', 'a', 'b', 'a'), TIME_MS, ports);
    expect(failed).toEqual(['s2', 's4']);
    expect(tried.sort()).toEqual(['a/1/0', 'a/2/0', 'b/1/0', 'b/2/0']);
    expect(observations).toContainEqual({
      kind: 'failure',
      stage: 'write',
      group: 'a',
      messages: 2,
      reason: 'sink is down',
      key: 'a',
      version: 2,
    });
  });

  test('whose write hangs are given up at the deadline, and its signal is aborted', async () => {
    let aborted = false;
    const { clock, ports, commits } = await build({
      write: (_, { signal }) =>
        new Promise(() =>
          signal.addEventListener('abort', () => {
            aborted = true;
          }),
        ),
    });
    const done = writeBatch(await commits('k'), TIME_MS, ports);
    await clock.advance(25_000);
    expect(await done).toEqual(['s0']);
    expect(aborted).toBe(true);
  });

  test('get the latest state of a key migrated to the version of their build, and none of a newer one', async () => {
    const latest: unknown[] = [];
    const { ports, commits } = await build({
      write: async (_, context) => {
        latest.push(await context.latest('k').catch((error: unknown) => String(error)));
      },
    });
    const pipeline = {
      ...ports.pipeline,
      state: { version: 2, migrate: { 1: (old: unknown) => ({ old }) } },
    };
    const [first] = await commits('k');
    if (first === undefined) throw new Error('no commit');
    for (const stateVersion of [1, 3]) {
      const load = async () => buildItem({ state: '"as it was"', stateVersion });
      await writeBatch([first], TIME_MS, { ...ports, pipeline, store: { load } });
    }
    expect(latest).toEqual([
      { old: 'as it was' },
      expect.stringContaining('has version 3, this build knows 2'),
    ]);
  });

  test('may read the latest state of a key, and get a copy of their own', async () => {
    const latest: unknown[] = [];
    const { ports, commits } = await build({
      write: async (_, context) => {
        latest.push(await context.latest('k'), await context.latest('nobody'));
      },
    });
    const [first] = await commits('k', 'k');
    if (first !== undefined) await writeBatch([first], TIME_MS, ports);
    expect(latest).toEqual(['reading 1', undefined]);
  });

  test('of a pipeline without write are acknowledged', async () => {
    const { ports, commits } = await build();
    const mute = { ...ports, pipeline: { ...ports.pipeline, write: undefined } };
    expect(await writeBatch(await commits('k'), TIME_MS, mute)).toEqual([]);
  });
});

describe('readings that were set aside', () => {
  test('go to the dead-letter queue with reason, stage and attempts, in their group, under their own id', async () => {
    const { ports, deadLetters } = await build();
    const record: StreamRecord = { sequenceNumber: 's', key: 'k', kind: 'dead', dead };
    expect(await writeBatch([record, record], TIME_MS, ports)).toEqual([]);
    expect(deadLetters.taken).toEqual(
      [1, 2].map(() => ({
        body: 'body',
        group: 'group of k',
        deduplicationId: 'dead-1',
        attributes: { stage: 'compute', reason: 'cannot', attempts: '2' },
      })),
    );
  });

  test('come back when the dead-letter queue does not take them', async () => {
    const { ports } = await build({ refuse: () => ({ reason: 'InternalError', retriable: true }) });
    const record: StreamRecord = { sequenceNumber: 's', key: 'k', kind: 'dead', dead };
    expect(await writeBatch([record], TIME_MS, ports)).toEqual(['s']);
  });
});

describe('a stream record that cannot be decoded', () => {
  const SECRET = '4111111111111111';
  const image = (key: string, parts: Item = {}): Item => ({
    ...encodeItem(buildItem({ key, outputs: ['"output"'] })),
    ...parts,
  });
  const broken: Item[] = [
    image('a', { outputs: { S: `[${SECRET}` } }),
    image('a', { stopped: { S: SECRET.slice(1).padStart(20, 'x') } }),
    image('a', { version: { S: SECRET } }),
    { ...image('a'), next: { S: `{"sequence":${SECRET}x` } },
    image('a', { format: { N: String(ITEM_FORMAT + 1) }, state: { S: SECRET } }),
  ];

  test.each(broken.map((item, n) => ({ n, item })))(
    'is set aside alone, and its text is in no log ($n)',
    async ({ item }) => {
      const { ports, written, observations } = await build();
      const images = [image('b'), item, image('c')];
      const event = {
        Records: images.map((one, n) => ({
          dynamodb: { SequenceNumber: String(n), NewImage: toStreamImage(one) },
        })),
      };
      expect(await writeBatch(parseStreamEvent(event), TIME_MS, ports)).toEqual(['1']);
      expect(written.map(({ key }) => key)).toEqual(['b', 'c']);
      expect(observations).toContainEqual(
        expect.objectContaining({ kind: 'failure', stage: 'write', key: 'a', messages: 1 }),
      );
      expect(JSON.stringify(observations)).not.toContain(SECRET.slice(1));
    },
  );

  test('and has no key is reported alone', async () => {
    const { ports, written } = await build();
    const images = [{ ...toStreamImage(image('a')), pk: { N: '1' } }, toStreamImage(image('b')), { sk: 7 }];
    const event = {
      Records: images.map((one, n) => ({ dynamodb: { SequenceNumber: String(n), NewImage: one } })),
    };
    expect(await writeBatch(parseStreamEvent(event), TIME_MS, ports)).toEqual(['0', '2']);
    expect(written.map(({ key }) => key)).toEqual(['b']);
  });
});
