/** The reference pages match the code, and every error of functions/ has advice. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../markdown.ts';
import { GROUPS } from './error-advice.ts';
import { sentenceOf, withoutAdvice } from './errors-page.ts';
import { propertiesIn } from './options-page.ts';
import { sentencesIn, sentencesThrown } from './thrown-sentences.ts';
import { REFERENCE } from './write-reference.ts';

describe('the reference', () => {
  test.each(Object.entries(REFERENCE))('docs/%s is what npm run docs writes', async (name, page) => {
    expect(readFileSync(join(ROOT, 'docs', name), 'utf8')).toBe(await page());
  });

  test('every error of functions/ that a dead letter or a log can show has advice', () => {
    expect(withoutAdvice(sentencesThrown())).toEqual([]);
  });

  test('each piece of advice is for one error', () => {
    const sentences = sentencesThrown();
    const rows = GROUPS.flatMap(({ rows: each }) => each);
    expect(new Set(rows.map((row) => sentenceOf(row, sentences))).size).toBe(rows.length);
    expect(() => sentenceOf({ says: 'nobody says this', todo: '' }, sentences)).toThrow(
      /there has to be one/,
    );
    expect(withoutAdvice(['the moon is full'])).toEqual(['the moon is full']);
  });

  test('the sentence of an error is read from the source, with a placeholder for each value', () => {
    const source = `throw new PermanentError(\n  \`key \${quoted({ a: key })} has \${n} bytes, \` +\n 'too many',\n  { cause },\n);`;
    expect(sentencesIn(source)).toEqual(['key … has … bytes, too many']);
  });

  test('every option of a pipeline is explained', () => {
    const properties = [
      ...propertiesOf('functions/definition.ts', ['DefinitionOfAnyOrder', 'ArrivalOrder', 'RequestOrder']),
      ...propertiesOf('functions/contexts.ts', ['ReadContext', 'ComputeContext', 'Delivery', 'WriteContext']),
    ];
    expect(properties.length).toBeGreaterThan(35);
    expect(properties.filter(({ words }) => words === '').map(({ name }) => name)).toEqual([]);
  });
});

function propertiesOf(file: string, names: readonly string[]) {
  const source = readFileSync(join(ROOT, file), 'utf8');
  return names.flatMap((name) => propertiesIn(source, name));
}
