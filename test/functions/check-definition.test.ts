import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defaultLimits } from '../../functions/limits.ts';
import { definePipeline } from '../../functions/pipeline.ts';
import { problemsOf } from './problems-of.ts';

const sound = {
  name: 'sales',
  request: v.object({ url: v.string() }),
  read: async () => [1],
  initial: () => 0,
  compute: (sum: number) => sum,
};

/** As JavaScript would call it, or a file that nobody had checked. */
function define(parts: object): unknown {
  const definition = { ...sound, ...parts };
  return definePipeline(definition as typeof sound);
}

describe('a definition', () => {
  test.each([
    ['an option', { oder: 'request' }, 'oder is not an option: did you mean order?'],
    ['another one', { poisen: 'stop' }, 'poisen is not an option: did you mean poison?'],
    [
      'an option like no other',
      { retries: 3 },
      /^retries is not an option: use one of name, request, read, initial/,
    ],
    [
      'a limit',
      { limits: { readTimoutMs: 1 } },
      'limits.readTimoutMs is no limit: did you mean readTimeoutMs?',
    ],
    [
      'a limit like no other',
      { limits: { speed: 1 } },
      /^limits\.speed is no limit: use one of readTimeoutMs, /,
    ],
    ['a policy', { poison: 'halt' }, 'poison is "halt": use "quarantine" or "stop"'],
    ['an order', { order: 'requests' }, 'order is "requests": use "arrival" or "request"'],
    ['how numbers are held', { numbers: 'lossy' }, 'numbers is "lossy": use "exact" or "rounded"'],
    [
      'a gap',
      { order: 'request', sequence: () => 1, gap: true },
      `gap is a boolean: use "skip", "wait" or { skipAfter: '1 hour' }`,
    ],
  ])('with %s that does not exist is refused by its name, with a suggestion', (_, parts, problem) => {
    expect(problemsIn(parts)).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  test.each([
    ['read', { read: undefined }, 'read is missing: use a function'],
    ['compute', { compute: undefined }, 'compute is missing: use a function'],
    ['initial', { initial: undefined }, 'initial is missing: use a function'],
    ['request', { request: undefined }, /^request is undefined: use a Standard Schema/],
    ['name', { name: undefined }, /^name is undefined: use a letter/],
    [
      'sequence',
      { order: 'request' },
      /^sequence is missing: order "request" needs the place of each request/,
    ],
  ])('without %s is refused', (_, parts, problem) => {
    expect(problemsIn(parts)).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  test.each([
    [{ name: 'x y' }, 'name is "x y": use a letter, then letters, digits and hyphens, 40 at most'],
    [{ name: 7 }, /^name is a number: /],
    [{ read: 'https://example.org' }, 'read is a string: use a function'],
    [{ initial: 0 }, 'initial is a number: use a function'],
    [{ initial: null }, 'initial is null: use a function'],
    [
      { compute: async () => 0 },
      /^compute is an async function: it must be synchronous; put anything that waits into/,
    ],
    [{ compute: function* () {} }, /^compute is a generator function: it must be synchronous/],
    [{ initial: async () => 0 }, /^initial is an async function: it must be synchronous/],
    [{ key: async () => 'k' }, /^key is an async function: it must be synchronous/],
    [{ key: 'shop' }, 'key is a string: use a function'],
    [{ requestId: [] }, 'requestId is a list: use a function'],
    [{ write: function* () {} }, 'write is a generator function: use an async function'],
    [{ write: {} }, 'write is an object: use a function'],
    [{ request: { url: 'string' } }, /^request is an object: use a Standard Schema/],
    [{ request: () => true }, /^request is a function: use a Standard Schema/],
    [{ request: { '~standard': {} } }, /^request is an object: use a Standard Schema/],
    [{ limits: [1] }, /^limits is a list: use an object/],
    [{ limits: { memoryMb: '256' } }, 'limits.memoryMb is a string: use a whole number from 128 to 10240'],
  ])('with a wrong type is refused: %o', (parts, problem) => {
    expect(problemsIn(parts)).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  test.each<[object, RegExp]>([
    [
      { sequence: () => 1 },
      /^sequence goes with order "request", and the order is "arrival": add order: 'request'$/,
    ],
    [{ requestKey: () => 'k' }, /^requestKey goes with order "request", .* or use key$/],
    [{ order: 'arrival', gap: 'wait' }, /^gap goes with order "request"/],
    [
      { order: 'request', sequence: () => 1, key: () => 'k' },
      /^key goes with order "arrival": .* requestKey$/,
    ],
  ])('with an option of the other order is refused: %o', (parts, problem) => {
    expect(problemsIn(parts)).toEqual([expect.stringMatching(problem)]);
  });

  const waits = (skipAfter: unknown) => ({ order: 'request', sequence: () => 1, gap: { skipAfter } });
  const starts = (startsAt: unknown) => ({ order: 'request', sequence: () => 1, startsAt });
  const time = "use a time from '1 minute' to '60 days', such as '1 hour'";

  test.each<[object, string]>([
    [waits('1h'), `gap.skipAfter is "1h": ${time}`],
    [waits(3_600_000), `gap.skipAfter is a number: ${time}`],
    [waits('0 minutes'), `gap.skipAfter is "0 minutes": ${time}`],
    [waits('61 days'), `gap.skipAfter is "61 days": ${time}`],
    [
      { order: 'request', sequence: () => 1, gap: { after: '1 hour' } },
      `gap is an object: use "skip", "wait" or { skipAfter: '1 hour' }`,
    ],
    [starts(0), 'startsAt is 0: the places of a key are 1, 2, 3 ...'],
    [starts(1.5), 'startsAt is 1.5: the places of a key are 1, 2, 3 ...'],
    [
      starts(async () => 57),
      "startsAt is an async function: use a number, a synchronous function of the key or { firstAfter: '10 minutes' }",
    ],
    [starts({ firstAfter: 'soon' }), `startsAt.firstAfter is "soon": ${time}`],
    [
      { follows: () => 1 },
      'follows goes with order "request", and the order is "arrival": add order: \'request\'',
    ],
  ])('with an order that cannot be is refused with what to write instead: %o', (parts, problem) => {
    expect(problemsIn(parts)).toEqual([problem]);
  });

  test('may wait for a place for a time, begin at one, and follow another', () => {
    for (const skipAfter of ['1 minute', '90 minutes', '1 hour', '60 days'])
      expect(problemsIn(waits(skipAfter))).toEqual([]);
    for (const startsAt of [57, () => 57, { firstAfter: '10 minutes' }])
      expect(problemsIn(starts(startsAt))).toEqual([]);
    const order = { order: 'request', sequence: () => 60 } as const;
    const orderOf = (parts: object) => definePipeline({ ...sound, ...order, ...parts }).order;
    expect(orderOf({ gap: { skipAfter: '90 minutes' } })).toMatchObject({
      gap: 'wait',
      skipAfterMs: 5_400_000,
    });
    expect(orderOf({ startsAt: { firstAfter: '10 minutes' } })).toMatchObject({
      gap: 'skip',
      firstAfterMs: 600_000,
    });
    expect(orderOf({ gap: 'wait' })).not.toHaveProperty('skipAfterMs');
  });

  test('with several problems is refused once, with all of them', () => {
    expect(problemsIn({ oder: 1, compute: undefined, limits: { readersMax: 1, memoryMB: 1 } })).toEqual([
      'oder is not an option: did you mean order?',
      'compute is missing: use a function',
      'limits.readersMax is 1: use a whole number from 2 to 1000',
      'limits.memoryMB is no limit: did you mean memoryMb?',
    ]);
    expect(() => define({ oder: 1 })).toThrow(/^pipeline "sales" cannot work:\n {2}- oder/);
    expect(() => define({ name: undefined })).toThrow(/^a pipeline without a name cannot work:/);
  });

  test.each([undefined, null, 'sales', [sound]])(
    'that is not an object of options is refused: %o',
    (value) => {
      const call: (definition: never) => unknown = definePipeline;
      expect(() => call(value as never)).toThrow(
        /^definePipeline takes an object with the options of a pipeline, not /,
      );
    },
  );

  test('may name every option, and use the schema of any library', () => {
    const all = { ...sound, requestId: () => undefined, write: async () => {}, limits: defaultLimits };
    definePipeline({ ...all, order: 'arrival', key: () => 'k', poison: 'stop' });
    definePipeline({ ...all, order: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'wait' });
    definePipeline({ ...sound, request: z.object({ url: z.string() }) });
    definePipeline({ ...sound, request: type({ url: 'string' }) });
    expect(definePipeline(sound).limits).toEqual(defaultLimits);
  });
});

describe('a limit', () => {
  const WORK_MS_MAX = 895_000;
  test.each([
    ['readTimeoutMs', 1, WORK_MS_MAX],
    ['readsPerInvocation', 1, 1000],
    ['readAttempts', 1, 900],
    ['readersMax', 2, 1000],
    ['computesMax', 2, 1000],
    ['lingerMs', 0, 1000],
    ['computeTimeoutMs', 101, WORK_MS_MAX],
    ['resubmitWithinMs', 0, 14 * 86_400_000],
    ['writeTimeoutMs', 1, WORK_MS_MAX],
    ['memoryMb', 128, 10_240],
  ])('%s is a whole number within bounds, which the error states', (name, min, max) => {
    const limits = (value: unknown) => ({ limits: { [name]: value } });
    expect([problemsIn(limits(min)), problemsIn(limits(max))]).toEqual([[], []]);
    for (const value of [-1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(problemsIn(limits(value))).toEqual([
        expect.stringMatching(`^limits\\.${name} is ${value}: use a whole number from \\d+ to ${max}$`),
      ]);
    }
  });

  test('that contradicts another is refused, and the error names both', () => {
    expect(problemsIn({ limits: { commitAfterMs: 30_000 } })).toEqual([
      'limits.commitAfterMs is 30000, not below limits.computeTimeoutMs, 30000: lower the first',
    ]);
    expect(problemsIn({ limits: { cacheBytesMax: 134_217_729 } })).toEqual([
      'limits.cacheBytesMax is 134217729, more than half of limits.memoryMb, 256: lower the first',
    ]);
  });
});

/** What is said of the definition, problem by problem; it is permanent, so no error that is tried again. */
describe('state versions of a definition', () => {
  const step = (old: unknown) => old;
  test.each([
    [{ version: 0 }, /^state\.version is 0: use a whole number from 1 on/],
    [{ version: 1.5 }, /^state\.version is 1\.5: use/],
    [{}, /^state\.version is undefined: use/],
    [7, /^state is a number: use an object, state: \{ version: 2/],
    [{ version: 2, migrat: { 1: step } }, /^state\.migrat is not an option of state: did you mean migrate\?/],
    [{ version: 2, migrate: [] }, /^state\.migrate is a list: use an object/],
    [
      { version: 2, migrate: { 2: step, 1: step } },
      /^state\.migrate\["2"\] is no step to version 2: name each/,
    ],
    [{ version: 2, migrate: { 1: 3 } }, /^state\.migrate\[1\] is a number: use a function/],
    [
      { version: 2, migrate: { 1: async () => 1 } },
      /^state\.migrate\[1\] is an async function: it must be sync/,
    ],
    [{ version: 3, migrate: { 1: step } }, /^state\.migrate has no step 2: add 2: \(old\) => \.\.\./],
    [{ version: 1e9 }, /^state\.migrate has no step 1: add 1/],
  ])('that cannot work are refused with what is missing: %o', (state, problem) => {
    expect(problemsIn({ state })).toContainEqual(expect.stringMatching(problem));
  });

  test('are 1 without steps by default', () => {
    expect(define({})).toMatchObject({ state: { version: 1, migrate: {} } });
    expect(define({ state: { version: 2, migrate: { 1: step } } })).toMatchObject({ state: { version: 2 } });
  });
});

function problemsIn(parts: object): string[] {
  return problemsOf(() => define(parts));
}
