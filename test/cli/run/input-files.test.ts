import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { filesOf } from '../../../cli/run/input-files.ts';
import { UsageError } from '../../../cli/terminal/options.ts';

function folderOf(make: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-input-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'logs'));
  mkdirSync(join(folder, 'rotated'));
  writeFileSync(join(folder, 'rotated', 'a.log'), 'a\n');
  make(join(folder, 'logs'));
  return join(folder, 'logs');
}

describe('a folder of logs', () => {
  test('includes the files that links point to, through any number of links', async () => {
    const folder = folderOf((logs) => {
      writeFileSync(join(logs, 'plain.log'), 'p\n');
      symlinkSync('../rotated/a.log', join(logs, 'access.log'));
      symlinkSync('../rotated', join(logs, '.hidden'));
    });
    const { files, leftOut } = await filesOf(folder);
    expect(files).toEqual([join(folder, 'access.log'), join(folder, 'plain.log')]);
    expect(leftOut).toEqual([`--input ${folder}: .hidden is left out, its name begins with a dot`]);
  });

  test('counts a file once, however many links lead to it', async () => {
    const folder = folderOf((logs) => {
      writeFileSync(join(logs, 'b.log'), 'b\n');
      symlinkSync('b.log', join(logs, 'c.log'));
      symlinkSync('c.log', join(logs, 'd.log'));
      linkSync(join(logs, 'b.log'), join(logs, 'e.log'));
    });
    const { files, leftOut } = await filesOf(folder);
    expect(files).toEqual([join(folder, 'b.log')]);
    expect(leftOut).toHaveLength(3);
    for (const line of leftOut) expect(line).toContain(`it is the same file as ${join(folder, 'b.log')}`);
  });

  test('with a broken link is refused, with the link and its target', async () => {
    for (const target of ['../rotated/gone.log', 'round.log']) {
      const folder = folderOf((logs) => {
        writeFileSync(join(logs, 'b.log'), 'b\n');
        symlinkSync(target, join(logs, 'round.log'));
      });
      await expect(filesOf(folder)).rejects.toThrow(UsageError);
      await expect(filesOf(folder)).rejects.toThrow(`round.log is a link to ${target}`);
      await expect(filesOf(join(folder, 'round.log'))).rejects.toThrow('is a link to');
    }
  });

  test('names the entries that are not read: folders, linked or not, and names that begin with a dot', async () => {
    const folder = folderOf((logs) => {
      mkdirSync(join(logs, 'old'));
      symlinkSync('../rotated', join(logs, 'rotated'));
      writeFileSync(join(logs, '.a.log.swp'), '');
    });
    await expect(filesOf(folder)).rejects.toThrow(
      /there are no files in that folder\n.*\.a\.log\.swp.*\n.*old.*a folder.*\n.*rotated.*a folder/,
    );
  });

  test('is not needed for one file, linked or not', async () => {
    const folder = folderOf((logs) => symlinkSync('../rotated/a.log', join(logs, 'access.log')));
    expect(await filesOf(join(folder, 'access.log'))).toEqual({
      files: [join(folder, 'access.log')],
      leftOut: [],
    });
    await expect(filesOf(join(folder, 'nothing'))).rejects.toThrow('there is no such file or folder');
  });
});
