import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startOrigin } from '../../../local/origin/slow-server.ts';

describe('the origin', () => {
  test.each([1, 2, 3, 7, 10, 11, 100])(
    'serves the whole file in %i parts, each of whole lines',
    async (parts) => {
      const lines = Array.from({ length: 10 }, (_, index) => `${'é'.repeat(index)} line ${index + 1}\n`);
      const file = fileOf(lines.join(''));
      const served = await partsOf(file, parts);
      expect(served).toHaveLength(Math.min(parts, 10));
      expect(served.map(({ text }) => text).join('')).toBe(lines.join(''));
      const sizes = served.map(({ text }) => text.split('\n').length - 1);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      for (const { text, firstLine } of served)
        expect(text.startsWith(lines[firstLine - 1] ?? '?')).toBe(true);
    },
  );

  test.each([
    ['without a last line end', 'a\nb\nc', ['a\n', 'b\n', 'c']],
    ['of empty lines', '\n\n\n', ['\n', '\n', '\n']],
    ['of one line', 'a', ['a']],
    ['that is empty', '', []],
  ])('serves a file %s', async (_what, text, expected) => {
    expect((await partsOf(fileOf(text), 3)).map((part) => part.text)).toEqual(expected);
  });

  test('serves a file of more than one piece of reading', async () => {
    const text = Array.from({ length: 30_000 }, (_, index) => `line ${index}\n`).join('');
    const served = await partsOf(fileOf(text), 13);
    expect(served).toHaveLength(13);
    expect(served.map((part) => part.text).join('')).toBe(text);
  });

  test('serves no part of more lines than a request may read, however few parts are asked for', async () => {
    const served = await partsOf(fileOf('a\n'.repeat(200_001)), 1);
    expect(served.map(({ firstLine }) => firstLine)).toEqual([1, 66_668, 133_335]);
    expect(served.map(({ text }) => text).join('')).toBe('a\n'.repeat(200_001));
  });

  test('serves a packed file as one part, byte for byte', async () => {
    const packed = gzipSync('a\nb\nc\n'.repeat(100));
    await using origin = await startOrigin({ file: fileOf(packed), parts: 10, seed: 1, medianMs: 0 });
    expect(origin.requests).toEqual([{ url: origin.url(1), firstLine: 1 }]);
    expect(Buffer.from(await (await fetch(origin.url(1))).arrayBuffer())).toEqual(packed);
  });

  test('has the same delays for the same seed, others for another, and a long tail', async () => {
    const delays = async (seed: number) => {
      await using origin = await startOrigin({ file: fileOf('a\n'.repeat(500)), parts: 500, seed });
      return origin.requests.map((_request, index) => origin.delayMs(index + 1));
    };
    const [first, again, other] = await Promise.all([delays(1), delays(1), delays(2)]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    const sorted = first.toSorted((a, b) => a - b);
    expect(sorted[250]).toBeGreaterThan(80);
    expect(sorted[250]).toBeLessThan(125);
    expect(sorted.at(-1)).toBeGreaterThan(5 * 100);
  });

  test('knows no other paths', async () => {
    await using origin = await startOrigin({ file: fileOf('a\n'), parts: 1, seed: 1 });
    const paths = [
      '/',
      '/part/0',
      '/part/2',
      '/part/x',
      '/bad/nothing',
      '/bad/constructor',
      '/../etc/passwd',
    ];
    const answers = await Promise.all(paths.map((path) => fetch(`${origin.allowHost}${path}`)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 404));
  });

  test('ends running answers when it closes', async () => {
    const origin = await startOrigin({ file: fileOf('a\n'), parts: 1, seed: 1 });
    const hanging = fetch(origin.badUrl('hang'));
    const expected = expect(hanging).rejects.toThrow('fetch failed');
    await fetch(origin.badUrl('404'));
    await origin.close();
    await expected;
  });

  test('refuses an impossible number of parts, and a missing file', async () => {
    await expect(startOrigin({ file: fileOf('a\n'), parts: 0, seed: 1 })).rejects.toThrow('0 parts');
    await expect(startOrigin({ file: '/nowhere/at/all', parts: 1, seed: 1 })).rejects.toThrow(
      '/nowhere/at/all',
    );
  });
});

async function partsOf(file: string, parts: number): Promise<{ text: string; firstLine: number }[]> {
  await using origin = await startOrigin({ file, parts, seed: 1, medianMs: 0 });
  return await Promise.all(
    origin.requests.map(async ({ url, firstLine }) => ({ text: await (await fetch(url)).text(), firstLine })),
  );
}

function fileOf(content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-origin-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  writeFileSync(file, content);
  expect(readFileSync(file)).toHaveLength(Buffer.byteLength(content));
  return file;
}
