import { describe, expect, test } from 'vitest';
import { LINE_BYTES_MAX } from '../../../pipelines/sources/rules.ts';
import { splitLines } from '../../../pipelines/sources/split-lines.ts';
import fc from '../../properties.ts';
import { collect } from '../serve.ts';
import { cutAnywhere } from './pieces.ts';

describe('lines out of bytes', () => {
  test('are each decoded as UTF-8, or as latin1 if they are not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('über\n'),
      Buffer.from('über\n', 'latin1'),
      Buffer.of(0xef, 0xbb, 0xbf, 0x61, 0x0a),
      Buffer.from('€'),
    ]);
    expect(await collect(splitLines(cutAnywhere(bytes, [])))).toEqual(['über', 'über', 'a', '€']);
  });

  test('are cut at the limit, marked, and the next one is whole', async () => {
    const bytes = Buffer.from(`${'a'.repeat(LINE_BYTES_MAX)}\n${'b'.repeat(LINE_BYTES_MAX + 1)}\nc`);
    const lines = await collect(splitLines(cutAnywhere(bytes, [1_000, 70_000, LINE_BYTES_MAX, 400_000])));
    expect(lines).toEqual(['a'.repeat(LINE_BYTES_MAX), `${'b'.repeat(LINE_BYTES_MAX)}\0`, 'c']);
  });

  test('without an end are read on, and only their beginning is kept', async () => {
    const endless = async function* () {
      for (let count = 0; count < 1_000; count += 1) yield Buffer.alloc(65_536, 'x');
      yield Buffer.from('\nnext');
    };
    const [line, next] = await collect(splitLines(endless()));
    expect(line).toHaveLength(LINE_BYTES_MAX + 1);
    expect(next).toBe('next');
  });

  test('of zero bytes are lines, and zeros in front of a line are not part of it', async () => {
    const bytes = Buffer.from('\0\0\0\na\n\0\0b\nc\0d\n\0');
    expect(await collect(splitLines(cutAnywhere(bytes, [1, 2])))).toEqual(['\0', 'a', 'b', 'c\0d', '\0']);
  });

  test('are the same wherever the bytes are cut on the way', async () => {
    const text = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', '\0', '€', ' '), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(200)), async (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const whole = await collect(splitLines(cutAnywhere(bytes, [])));
        expect(await collect(splitLines(cutAnywhere(bytes, cuts)))).toEqual(whole);
      }),
    );
  });
});
