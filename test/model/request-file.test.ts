import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkRequests, requestsOf } from '../../model/request-file.ts';
import { temporaryFolder } from '../operate/queues.ts';

function fileOf(content: string | Uint8Array): string {
  const file = join(temporaryFolder(), 'requests.ndjson');
  writeFileSync(file, content);
  return file;
}

async function requestsIn(content: string) {
  const requests = [];
  for await (const request of requestsOf(await checkRequests(fileOf(content)))) requests.push(request);
  return requests;
}

describe('a line of a request file', () => {
  test('is the body itself, or an envelope with an id and a tenant around it', async () => {
    const [bare, wrapped, noEnvelope] = await requestsIn(
      '{"url":"a"}\n{"id":"r-1","tenant":"acme","body":{"url":"b"}}\n{"body":{},"url":"c"}\n',
    );
    expect(bare?.message.body).toBe('{"url":"a"}');
    expect(wrapped).toMatchObject({
      line: 2,
      id: 'r-1',
      message: { body: '{"url":"b"}', attributes: { id: 'r-1' }, group: 'acme' },
    });
    expect(noEnvelope?.message.body).toBe('{"body":{},"url":"c"}');
  });

  test('without an id gets one from the content of the file and its line, never the same one twice', async () => {
    const content = '{"n":1}\n{"n":1}\n';
    const first = (await requestsIn(content)).map(({ id }) => id);
    expect((await requestsIn(content)).map(({ id }) => id)).toEqual(first);
    expect(new Set(first).size).toBe(2);
    const other = (await requestsIn(`${content}{"n":2}\n`)).map(({ id }) => id);
    expect(other).not.toContain(first[0]);
  });

  test('may end in CRLF, be empty, begin with a byte order mark, or lack the last line break', async () => {
    const lines = await requestsIn('\uFEFF{"n":1}\r\n\r\n   \n{"n":2}');
    expect(lines.map(({ line, message }) => [line, message.body])).toEqual([
      [1, '{"n":1}'],
      [4, '{"n":2}'],
    ]);
  });

  test.each([
    ['{"n":1}\n{"n":', /line 2: the line is not JSON/],
    ['{"n":9007199254740993}\n', /line 1: .*cannot be held exactly/],
    ['{"id":"","body":1}\n', /line 1: its id is ""/],
    ['{"id":7,"body":1}\n', /line 1: its id is 7/],
    ['{"id":"a\\u0001","body":1}\n', /line 1: its id is/],
    ['{"tenant":"a b","body":1}\n', /line 1: its tenant is "a b"/],
    ['{"id":"a","body":1}\n\n{"id":"a","body":2}\n', /line 3: it has the id of line 1/],
    [`"${'x'.repeat(1_048_576)}"\n`, /line 1: the request is larger than SQS takes/],
    [`"${'x'.repeat(5_000_000)}"\n`, /line 1: longer than/],
  ])('that cannot be a request is named with its number: %.30s', async (content, message) => {
    await expect(checkRequests(fileOf(content))).rejects.toThrow(message);
  });

  test('that is not UTF-8 is refused', async () => {
    const file = fileOf(Uint8Array.from([0x22, 0xff, 0x22, 0x0a]));
    await expect(checkRequests(file)).rejects.toThrow(/line 1: not UTF-8/);
  });
});

test('a file that is missing, or a folder, is named', async () => {
  const folder = temporaryFolder();
  await expect(checkRequests(join(folder, 'none'))).rejects.toThrow(
    `there is no file ${join(folder, 'none')}`,
  );
  await expect(checkRequests(folder)).rejects.toThrow(/is a folder/);
});
