import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { reasonOf } from '../../functions/errors.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import { parseRequest } from '../../functions/requests.ts';
import { buildPipeline } from '../builders.ts';

const CARD = '4111111111111111';

const LIBRARIES: [string, Pipeline['request']][] = [
  [
    'zod',
    z.strictObject({ amount: z.number().max(10), name: z.string().max(3), of: z.array(z.enum(['a', 'b'])) }),
  ],
  [
    'valibot',
    v.strictObject({
      amount: v.pipe(v.number(), v.maxValue(10)),
      name: v.pipe(v.string(), v.maxLength(3)),
      of: v.array(v.picklist(['a', 'b'])),
    }),
  ],
  ['arktype', type({ '+': 'reject', amount: 'number<=10', name: 'string<=3', of: "('a'|'b')[]" })],
  [
    'one that makes its words of what it was given',
    {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: (value) => ({
          issues: [{ message: JSON.stringify(value), code: CARD, type: CARD, path: [{ key: 'amount' }] }],
        }),
      },
    } as Pipeline['request'],
  ],
];

async function refusalOf(parts: Partial<Pipeline>, request: unknown): Promise<string> {
  try {
    await parseRequest(buildPipeline(parts), JSON.stringify(request));
  } catch (error) {
    return reasonOf(error);
  }
  throw new Error('it was not refused');
}

describe.each(LIBRARIES)('a request that %s refuses', (library, request) => {
  test.each([
    { amount: Number(CARD), name: CARD, of: [CARD] },
    { amount: CARD, name: Number(CARD), of: CARD },
    { amount: { card: CARD }, of: [{ a: CARD }] },
    { amount: 1, name: 'x', of: [], more: CARD },
    CARD,
    [CARD],
    Number(CARD),
    null,
  ])('has a reason that quotes nothing of it (%j)', async (sent) => {
    expect(await refusalOf({ request }, sent)).not.toContain(CARD);
  });

  test('has a reason with the path, the kind of value and the rule', async () => {
    const reason = await refusalOf({ request }, { amount: Number(CARD), of: ['c'] });
    const rules: Record<string, string> = {
      zod: '.amount is a number (rule: too_big); .name is missing (rule: invalid_type); .of[0] is a string (rule: invalid_value)',
      valibot:
        '.amount is a number (rule: max_value); .name is missing (rule: strict_object); .of[0] is a string (rule: picklist)',
      arktype:
        '.amount is a number (rule: max); .of[0] is a string (rule: union); .name is missing (rule: required)',
    };
    const expected = rules[library] ?? '.amount is a number';
    expect(reason.split(': ').slice(1).join(': ').split('; ').sort()).toEqual(expected.split('; ').sort());
  });

  test("has the library's own message if the pipeline asks for it", async () => {
    const reason = await refusalOf({ request, schemaMessages: 'shown' }, { amount: Number(CARD), of: [] });
    expect(reason).toMatch(/\.amount: .*(Too big|Invalid value|less than|at most|4111)/);
  });
});

test('a request with a thousand issues has the first five in its reason', async () => {
  const reason = await refusalOf({ request: v.array(v.string()) }, new Array(1_000).fill(0));
  expect(reason).toContain('[4] is a number (rule: string); and 995 more');
});
