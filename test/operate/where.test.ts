import { describe, expect, test } from 'vitest';
import { OperatorError } from '../../model/operator-error.ts';
import { listKeys } from '../../operate/keys.ts';
import { parseWhere } from '../../operate/where.ts';
import { createStage, TABLE } from '../client/table.ts';
import fc from '../properties.ts';

const state = {
  count: 4,
  zero: -0,
  name: 'é',
  open: true,
  none: null,
  'odd name': 1,
  'a.b': 2,
  lines: [{ amount: 1.5 }, { amount: '1.5' }],
};

describe('a condition on a state', () => {
  test.each([
    ['count > 3', true],
    ['count>3', true],
    [' .count >= 4 ', true],
    ['count > 4', false],
    ['count < 4', false],
    ['count <= 4', true],
    ['count = 4.0', true],
    ['count == 4', true],
    ['count != 4', false],
    ['count = "4"', false],
    ['count > "3"', false],
    ['zero = 0', true],
    ['count > -1e3', true],
    ['name = "\\u00e9"', true],
    ['name > "z"', true],
    ['open = true', true],
    ['open != false', true],
    ['none = null', true],
    ['["odd name"] = 1', true],
    ['["a.b"] = 2', true],
    ['a.b = 2', false],
    ['lines[0].amount = 1.5', true],
    ['lines[1].amount = 1.5', false],
    ['lines[1]["amount"] = "1.5"', true],
    ['lines[2].amount != 1.5', false],
    ['missing != 1', false],
    ['missing = null', false],
    ['toString != 1', false],
    ['lines != 1', true],
    ['lines = null', false],
    ['count.deeper = 4', false],
  ])('%s', (text, holds) => {
    expect(parseWhere(text)(state)).toBe(holds);
  });

  test('may be on the state itself', () => {
    expect(parseWhere('. > 3')(4)).toBe(true);
    expect(parseWhere('. = "x"')('x')).toBe(true);
    expect(parseWhere('[1] = 7')([0, 7])).toBe(true);
    expect(parseWhere('. > 3')(null)).toBe(false);
  });

  test.each([
    ['', 'it begins with no path'],
    ['> 3', 'it begins with no path'],
    ['3 > count', 'it begins with no path'],
    ['count', 'it is no path, comparison and value'],
    ['count ~ 3', 'it is no path, comparison and value'],
    ['count >', 'it is no path, comparison and value'],
    ['two words = 3', 'it is no path, comparison and value'],
    ['name = é', 'é is no JSON value; a text has double quotes'],
    ['count > 3 and x = 1', '3 and x = 1 is no JSON value'],
    ['open > true', 'true has no order'],
    ['lines = [1]', 'compare with a number, a text, true, false or null'],
  ])('that is invalid is refused, with examples: %s', (text, why) => {
    expect(() => parseWhere(text)).toThrow(OperatorError);
    expect(() => parseWhere(text)).toThrow(why);
    expect(() => parseWhere(text)).toThrow('Such as: count > 3');
  });

  test('compares any value at any path', () => {
    const name = fc.string({ minLength: 1 }).filter((one) => one !== '__proto__');
    const steps = fc.array(fc.oneof(name, fc.nat({ max: 3 })), { minLength: 1, maxLength: 4 });
    const value = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
    fc.assert(
      fc.property(steps, value, (path, given) => {
        const whole = path.reduceRight<unknown>(
          (inner, step) => (typeof step === 'number' ? [...Array(step).fill(0), inner] : { [step]: inner }),
          given,
        );
        const text = path.map((step) => `[${JSON.stringify(step)}]`).join('');
        expect(parseWhere(`${text} = ${JSON.stringify(given)}`)(whole)).toBe(true);
        expect(parseWhere(`${text} != ${JSON.stringify(given)}`)(whole)).toBe(false);
      }),
    );
  });
});

test('keys are listed by a condition on their state, whatever else is in the table', async () => {
  const { dynamo, compute } = await createStage();
  const table = { dynamo, table: TABLE };
  for (let n = 0; n < 3; n += 1) await compute({ key: 'busy', request: `r-${n}`, readings: ['x', 'bad'] });
  await compute({ key: 'quiet', readings: ['x'] });
  const keysWhere = async (text: string, limit?: number) => {
    const { keys, complete } = await listKeys(table, { where: parseWhere(text), ...(limit && { limit }) });
    return { keys: keys.map(({ key }) => key).toSorted(), complete };
  };
  expect(await keysWhere('count > 1')).toEqual({ keys: ['busy'], complete: true });
  expect(await keysWhere('count >= 1')).toEqual({ keys: ['busy', 'quiet'], complete: true });
  expect(await keysWhere('count > 3')).toEqual({ keys: [], complete: true });
  expect(await keysWhere('count >= 1', 1)).toMatchObject({ complete: false });
});
