import { expect, test } from 'vitest';
import { terminalOf } from '../../../local/report/terminal.ts';

test.each([
  ['a terminal', { isTTY: true, columns: 132 }, {}, { interactive: true, colour: true, columns: 132 }],
  ['NO_COLOR', { isTTY: true, columns: 132 }, { NO_COLOR: '1' }, { interactive: true, colour: false }],
  ['a dumb terminal', { isTTY: true, columns: 132 }, { TERM: 'dumb' }, { interactive: false, colour: false }],
  ['one that does not know its width', { isTTY: true, columns: 0 }, {}, { interactive: true, columns: 100 }],
  ['a pipe', { isTTY: false }, {}, { interactive: false, colour: false, columns: 100 }],
])('%s', (_, stream, env, terminal) => {
  expect(terminalOf(stream, env)).toMatchObject(terminal);
});
