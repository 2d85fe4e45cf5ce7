import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readValues, runEnv } from '../../../cli/run/run-env.ts';
import { temporaryFolder } from '../../operate/queues.ts';

function fileOf(content: string | Buffer): string {
  const file = join(temporaryFolder(), 'variables.env');
  writeFileSync(file, content);
  return file;
}

test.each([
  ['with a mark at its beginning', '\uFEFFA=1\nB=2\n'],
  ['in UTF-16, as PowerShell writes it', Buffer.from('\uFEFFA=1\r\nB=2\r\n', 'utf16le')],
  ['with export, quotes, comments and blank lines', `# of mine\n\nexport A="1" # one\n  B='2'\n`],
])('a file of variables %s is read', (_, content) => {
  expect(runEnv([], fileOf(content))).toEqual({ A: '1', B: '2' });
});

test('a value in quotes may have several lines, signs of equality and a #', () => {
  const file = fileOf('KEY="-----BEGIN-----\nno=sign\n# text\n"\nB=a=b\n');
  expect(runEnv([], file)).toEqual({ KEY: '-----BEGIN-----\nno=sign\n# text\n', B: 'a=b' });
});

test.each([
  ['A=1\nsecret words\n', 'line 2 has no =, give NAME=VALUE'],
  ['A=1\n\nB: secret\n', 'line 3 has no =, give NAME=VALUE'],
  ['A="a\nb"\nsecret\n', 'line 3 has no =, give NAME=VALUE'],
  ['A=1\nB="secret\nC=3\n', 'line 2 begins a quote that does not end'],
  ['a.b=secret\n', 'line 1 has a name that is not of letters, digits and _'],
  ['B-C=secret\n', 'line 1 has a name that is not of letters, digits and _'],
])('a line that would be left out or misread is refused without its value: %j', (content, problem) => {
  const file = fileOf(content);
  expect(() => readValues('env-file', file)).toThrow(`--env-file ${file}: ${problem}`);
});
