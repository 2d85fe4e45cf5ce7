import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { rulesFrom } from '../../../pipelines/sources/rules.ts';
import { unpack } from '../../../pipelines/sources/unpack.ts';
import fc from '../../properties.ts';
import { collect } from '../serve.ts';
import { cutAnywhere } from './pieces.ts';

const NAME = 'https://logs.example/access.log.gz';
const rules = rulesFrom({});

async function unpacked(bytes: Buffer, cuts: readonly number[] = []): Promise<string> {
  return Buffer.concat(await collect(unpack(cutAnywhere(bytes, cuts), NAME, rules))).toString();
}

const zeros = (count: number) => Buffer.alloc(count);
const cutPlaces = fc.array(fc.nat(400), { maxLength: 12 });

/** Members, empty ones among them, and zeros behind each: what gzip files are made of. */
const file = fc
  .array(fc.record({ text: fc.string({ maxLength: 30 }), padding: fc.constantFrom(0, 0, 0, 1, 2, 9, 512) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((members) => ({
    text: members.map(({ text }) => text).join(''),
    bytes: Buffer.concat(members.flatMap(({ text, padding }) => [gzipSync(text), zeros(padding)])),
  }));

describe('a gzip file', () => {
  test('of members and zeros, in any pieces, gives all of its text', async () => {
    await fc.assert(
      fc.asyncProperty(file, cutPlaces, async ({ text, bytes }, cuts) => {
        // Text of two bytes of gzip's own mark would be unpacked again; strings have none.
        expect(await unpacked(bytes, cuts)).toBe(text);
      }),
    );
  });

  test('with anything else behind a member, in any pieces, is an error that names the file', async () => {
    const garbage = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .filter((bytes) => bytes.some((byte) => byte !== 0))
      // What begins like a member is one, or one that is cut short.
      .filter((bytes) => Buffer.from(bytes).subarray(bytes.findIndex((byte) => byte !== 0))[0] !== 0x1f);
    await fc.assert(
      fc.asyncProperty(file, garbage, cutPlaces, async ({ bytes }, after, cuts) => {
        const whole = Buffer.concat([bytes, after, zeros(20)]);
        const error = await unpacked(whole, cuts).catch((thrown) => thrown);
        expect(error).toBeInstanceOf(PermanentError);
        expect(String(error)).toContain(`${NAME} is not sound gzip`);
      }),
    );
  });

  test('that breaks off anywhere inside a member, in any pieces, is an error, never a part', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.string(), fc.nat(), cutPlaces, async ({ bytes }, text, at, cuts) => {
        const last = gzipSync(text);
        const whole = Buffer.concat([bytes, last.subarray(0, 1 + (at % (last.length - 1)))]);
        await expect(unpacked(whole, cuts)).rejects.toThrow('breaks off before its end');
      }),
    );
  });

  test('with one damaged byte in its data or its checksum is an error', async () => {
    const bytes = gzipSync('a line of an access log\n'.repeat(9));
    for (let at = 10; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await expect(unpacked(damaged)).rejects.toThrow(/is not sound gzip|breaks off/);
    }
  });

  test('with every field that a header may have is read, cut at every byte', async () => {
    const plain = gzipSync('text');
    const header = Buffer.concat([
      Buffer.of(0x1f, 0x8b, 8, 0b11111, 0, 0, 0, 0, 0, 3),
      Buffer.of(3, 0, 1, 2, 3),
      Buffer.from('access.log\0a comment\0'),
      Buffer.of(7, 7),
    ]);
    const bytes = Buffer.concat([header, deflateRawSync('text'), plain.subarray(-8), plain]);
    expect(await unpacked(bytes, Array.from(bytes.keys()))).toBe('texttext');
  });

  test.each([
    ['a flag that nobody has defined', 3, 0x20],
    ['another way of packing', 2, 7],
  ])('with %s is an error', async (_what, at, value) => {
    const bytes = gzipSync('text');
    bytes[at] = value;
    await expect(unpacked(bytes)).rejects.toThrow(PermanentError);
  });

  test('much longer than any buffer is given in small pieces', async () => {
    const text = 'a line of an access log\n'.repeat(400_000);
    const pieces = await collect(unpack(cutAnywhere(gzipSync(text), []), NAME, rules));
    expect(Buffer.concat(pieces).toString() === text).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
  });
});
