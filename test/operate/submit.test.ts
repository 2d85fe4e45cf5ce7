import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Outbox } from '../../functions/ports.ts';
import { checkRequests } from '../../model/request-file.ts';
import { openJournal } from '../../operate/journal.ts';
import { submitRequests } from '../../operate/submit.ts';
import { createRecordingOutbox } from '../builders.ts';
import { temporaryFolder } from './queues.ts';

const HERE = { id: 'https://sqs/requests', local: false };

function filesOf(requests: number) {
  const folder = temporaryFolder();
  const file = join(folder, 'requests.ndjson');
  writeFileSync(file, Array.from({ length: requests }, (_, n) => `{"n":${n}}\n`).join(''));
  return { file, journal: join(folder, 'journal') };
}

type Files = ReturnType<typeof filesOf>;

async function submit(
  { file, journal }: Files,
  outbox: Outbox,
  options: { again?: boolean; deployment?: typeof HERE; stop?: AbortController } = {},
) {
  const { again = false, deployment = HERE, stop = new AbortController() } = options;
  const input = await checkRequests(file);
  const opened = await openJournal(input, { file: journal, deployment, again });
  return submitRequests(input, { outbox, journal: opened, signal: stop.signal });
}

/** Ids of what SQS took, with how often it took each. */
function takenOf({ taken }: ReturnType<typeof createRecordingOutbox>): Map<string, number> {
  return new Map(
    Object.entries(Object.groupBy(taken, ({ attributes }) => attributes?.['id'] ?? '')).map(([id, all]) => [
      id,
      all?.length ?? 0,
    ]),
  );
}

describe('a submission', () => {
  test('that is interrupted continues where it stopped, and sends no request twice', async () => {
    const files = filesOf(500);
    const stop = new AbortController();
    const outbox = createRecordingOutbox((_, call) => {
      if (call === 12) stop.abort();
      return undefined;
    });
    const first = await submit(files, outbox, { stop });
    expect(first).toMatchObject({ requests: 500, before: 0, interrupted: true });
    expect(first.submitted).toBe(outbox.taken.length);
    const second = await submit(files, outbox);
    expect(second).toMatchObject({
      before: first.submitted,
      submitted: 500 - first.submitted,
      interrupted: false,
    });
    expect([...takenOf(outbox).values()]).toEqual(Array.from({ length: 500 }, () => 1));
  });

  test('that is repeated sends nothing, or with --again the same ids', async () => {
    const files = filesOf(25);
    const outbox = createRecordingOutbox();
    await submit(files, outbox);
    expect(await submit(files, outbox)).toMatchObject({ before: 25, submitted: 0, interrupted: false });
    expect(outbox.taken).toHaveLength(25);
    await submit(files, outbox, { again: true });
    expect([...takenOf(outbox).values()]).toEqual(Array.from({ length: 25 }, () => 2));
  });

  test('counts only the requests that SQS lists as accepted', async () => {
    const files = filesOf(30);
    const refused = createRecordingOutbox(({ body }, call) => {
      if (body === '{"n":7}') return { reason: 'InvalidMessageContents', retriable: false };
      return body === '{"n":21}' && call <= 3 ? { reason: 'ServiceUnavailable', retriable: true } : undefined;
    });
    const first = await submit(files, refused);
    expect(first).toMatchObject({ submitted: 29, interrupted: false });
    expect(first.refused).toMatchObject([{ line: 8, reason: 'InvalidMessageContents' }]);
    const outbox = createRecordingOutbox();
    expect(await submit(files, outbox)).toMatchObject({ before: 29, submitted: 1 });
    expect(outbox.taken.map(({ body }) => body)).toEqual(['{"n":7}']);
  });

  test('that fails has recorded the requests that SQS accepted before', async () => {
    const files = filesOf(100);
    const failing = createRecordingOutbox((_, call) => {
      if (call >= 5) throw new Error('no answer');
      return undefined;
    });
    await expect(submit(files, failing)).rejects.toThrow('no answer');
    const outbox = createRecordingOutbox();
    const second = await submit(files, outbox);
    expect(second.before + second.submitted).toBe(100);
    const both = [...failing.taken, ...outbox.taken].map(({ body }) => body);
    expect(new Set(both).size).toBe(100);
    // The call without an answer is not known to have been taken: its ten may come again, with their ids.
    expect(both.length).toBeLessThanOrEqual(110);
  });
});

describe('the journal', () => {
  test('refuses a file that has changed: its lines would be other requests', async () => {
    const files = filesOf(10);
    await submit(files, createRecordingOutbox());
    appendFileSync(files.file, '{"n":10}\n');
    await expect(submit(files, createRecordingOutbox())).rejects.toThrow(
      /has changed since 10 of its 10 requests/,
    );
  });

  test('refuses another deployment, but forgets a local run that is gone', async () => {
    const files = filesOf(10);
    await submit(files, createRecordingOutbox());
    const elsewhere = { id: 'https://sqs/other', local: false };
    await expect(submit(files, createRecordingOutbox(), { deployment: elsewhere })).rejects.toThrow(
      /another deployment/,
    );
    const newRun = { id: 'local run of now', local: true };
    expect(await submit(files, createRecordingOutbox(), { deployment: newRun })).toMatchObject({
      submitted: 10,
    });
  });

  test('that a crash cut off in the middle of a line counts up to that line', async () => {
    const files = filesOf(40);
    await submit(files, createRecordingOutbox());
    const [head, first] = readFileSync(files.journal, 'utf8').split('\n');
    writeFileSync(files.journal, `${head}\n${first}\n{"taken":[11,1`);
    const outbox = createRecordingOutbox();
    expect(await submit(files, outbox)).toMatchObject({ before: 10, submitted: 30 });
    expect(await submit(files, outbox)).toMatchObject({ before: 40, submitted: 0 });
  });

  test('never overwrites a file that is not a journal', async () => {
    const files = filesOf(1);
    writeFileSync(files.journal, 'dear diary');
    await expect(submit(files, createRecordingOutbox())).rejects.toThrow(
      /is not a journal: name another with --journal/,
    );
  });
});
