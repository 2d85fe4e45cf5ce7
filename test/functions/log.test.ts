import { describe, expect, test } from 'vitest';
import { isRoutineLine, logLine } from '../../functions/log.ts';
import fc from '../properties.ts';

const HOSTILE = [
  'a\n{"level":"info","kind":"forged"}',
  '"},{"level":"error"',
  '\u001b[31mred\u001b[0m',
  '\u009b31m',
  'invoice\u202Egpj.exe',
  'zero\u200Bwidth',
  'line\u2028separator',
  'half \uD800',
  '\u0000',
];

describe('a log line', () => {
  const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 3_000 }));

  test('is one JSON object on one line without characters that hide, colour or forge text, whatever the ids are', () => {
    fc.assert(
      fc.property(text, text, (key, reason) => {
        const line = logLine('error', { kind: 'failure', key, reason });
        expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(line.length).toBeLessThan(2 * 6 * 1_200);
        const parsed: unknown = JSON.parse(line);
        expect(parsed).toMatchObject({ level: 'error', kind: 'failure' });
        if (key.length <= 1_000) expect(parsed).toMatchObject({ key });
      }),
      { numRuns: 300 },
    );
  });

  test('of metrics or of a traced request is distinguished from one that an operator must see', () => {
    expect(isRoutineLine(logLine('info', { kind: 'read' }))).toBe(true);
    expect(isRoutineLine('{"_aws":{}}')).toBe(true);
    expect(isRoutineLine(logLine('error', { kind: 'failure' }))).toBe(false);
    expect(isRoutineLine('what user code printed')).toBe(false);
  });
});
