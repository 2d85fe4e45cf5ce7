import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { saysYes } from '../../../cli/terminal/confirm.ts';

async function answered(text: string): Promise<{ readonly yes: boolean; readonly shown: string }> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = '';
  output.on('data', (data) => {
    shown += String(data);
  });
  input.end(text);
  return { yes: await saysYes('Discard 2 dead letters for good? ', input, output), shown };
}

test('only the word yes confirms a question of a command', async () => {
  expect(await answered('yes\n')).toMatchObject({ yes: true, shown: expect.stringContaining('Discard 2') });
  expect(await answered(' Yes \n')).toMatchObject({ yes: true });
  for (const no of ['no\n', 'y\n', '\n', '', 'yes!\n']) {
    expect(await answered(no), JSON.stringify(no)).toMatchObject({ yes: false });
  }
});
