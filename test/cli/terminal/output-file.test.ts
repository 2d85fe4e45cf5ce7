/** Output files are checked before the work, so that a run of an hour does not end without its result. */
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assertWritable, saveFile } from '../../../cli/terminal/output-file.ts';
import { temporaryFolder } from '../../operate/queues.ts';

describe('an output file that can be written', () => {
  test('may be in a folder that does not exist yet, and the check leaves no file there', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'a/b/result.json');
    await assertWritable({ json: file });
    expect(existsSync(file)).toBe(false);
    await saveFile(file, 'text');
    expect(readFileSync(file, 'utf8')).toBe('text');
  });

  test('keeps its old content until the result is there', async () => {
    const file = join(temporaryFolder(), 'result.json');
    writeFileSync(file, 'of yesterday');
    await assertWritable({ json: file });
    expect(readFileSync(file, 'utf8')).toBe('of yesterday');
    await saveFile(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
  });

  test('may be a device, or a link to a file that does not exist yet', async () => {
    const folder = temporaryFolder();
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    await assertWritable({ json: join(folder, 'link'), svg: '/dev/null', page: undefined });
  });
});

describe('an output file that cannot be written is refused at once, with the option, the file and the reason:', () => {
  test('a file in the place of a folder', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    await expect(assertWritable({ svg: join(file, 'a/b.svg') })).rejects.toThrow(
      `--svg ${file}/a/b.svg: ${file} is not a folder`,
    );
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test.runIf(existsSync('/proc'))('/proc, where even root cannot create a file', async () => {
    await expect(assertWritable({ json: '/proc/nope/x' })).rejects.toThrow(
      /^--json \/proc\/nope\/x: \/proc\/nope cannot be made or written \(E[A-Z]+\)$/,
    );
    await expect(assertWritable({ json: '/proc/nope' })).rejects.toThrow(
      /^--json \/proc\/nope: \/proc\/nope cannot be made or written \(E[A-Z]+\)$/,
    );
    await expect(saveFile('/proc/nope/x/y', '')).rejects.toThrow(/\/proc\/nope/);
  });

  test('a name that no file can have', async () => {
    const file = join(temporaryFolder(), 'x'.repeat(300));
    await expect(assertWritable({ page: file })).rejects.toThrow(
      /cannot be made or written \(ENAMETOOLONG\)/,
    );
  });
});
