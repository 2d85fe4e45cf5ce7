import { expect, test } from 'vitest';
import { systemClock } from '../../functions/aws/clock.ts';
import { ATTEMPTS } from '../../local/failures.ts';
import { kindOfReason } from '../../local/reason-kind.ts';
import { type Standstill, watchStandstill } from '../../local/standstill.ts';
import { arnOf, queue, queueMapping, receiveFrom, run, tinyTemplate } from './tiny-stack.ts';

function template(code: string) {
  return tinyTemplate(
    { Worker: { code, statements: [receiveFrom('Inbox')] } },
    {
      Dead: queue({}),
      Inbox: queue({
        VisibilityTimeout: 1,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 100 },
      }),
      Mapping: queueMapping('Inbox', 'Worker', { BatchSize: 10 }),
    },
  );
}

async function standstillOf(code: string): Promise<Standstill> {
  // On the fast clock a function would be tried a hundred times before anybody looks.
  const { stack } = await run(template(code), { clock: systemClock });
  await stack.submit('Inbox', [{ body: 'a' }, { body: 'b' }]);
  for (;;) {
    const standstill = await stack.standstill();
    if (standstill !== undefined) return standstill;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a function whose bundle cannot be imported is reported at once, with its reason', async () => {
  expect(await standstillOf('throw new Error("ENOENT: rates.json")')).toEqual({
    why: 'cannot start',
    reasons: ['Worker: Error: ENOENT: rates.json'],
  });
});

test('a function that never answers is reported as soon as every message was tried', async () => {
  const code = 'export const handler = () => process.exit(1)';
  expect(await standstillOf(code)).toEqual({
    why: 'never answers',
    reasons: ["Worker: Runtime.ExitError: the function's process exited with status 1"],
  });
});

test('failures for reasons that differ in a number only are a standstill after a few attempts', async () => {
  const code = `export const handler = ({ Records: [{ attributes }] }) => {
    throw new Error('no row ' + attributes.ApproximateReceiveCount);
  }`;
  expect(await standstillOf(code)).toEqual({
    why: 'keeps failing',
    reasons: [expect.stringMatching(/^Worker: Error: no row (?:[3-9]|\d\d+)$/)],
  });
});

test('a request that was set aside does not hide that all others are stuck', async () => {
  const watch = watchStandstill(() => ({ sources: [], mappings: [], activity: () => 1 }));
  const read = (request: string, outcome: 'failed' | 'dead', reason: string): void => {
    watch.observed({ kind: 'read', request, start: 0, end: 1, outcome, readings: 0 });
    watch.observed({ kind: 'failure', stage: 'read', group: request, request, messages: 1, reason });
  };
  read('packed', 'dead', 'is packed with xz');
  for (let attempt = 0; attempt < ATTEMPTS + 1; attempt += 1) read('cut', 'failed', 'the data breaks off');
  await watch.look();
  expect(await watch.look()).toEqual({
    why: 'keeps failing',
    reasons: ['read failed: the data breaks off'],
  });
});

test.each([
  ['GET http://127.0.0.1:9/a?b=1: no answer', 'GET https://example.org/x: no answer'],
  ['connect ECONNREFUSED 127.0.0.1:3998', 'connect ECONNREFUSED 10.0.0.1:80'],
  ['order 5f0c6e1a-0000-4000-8000-0123456789ab is unknown', 'order o-12 is unknown'.replace('o-12', 'a1b2')],
  ['no row "x"', 'no row "another one"'],
])('one kind of reason: %s and %s', (one, other) => {
  expect(kindOfReason(one)).toBe(kindOfReason(other));
});

test.each([
  ["it can't be read", "it can't be written"],
  ['connect ECONNREFUSED 10.0.0.1', 'connect ETIMEDOUT 10.0.0.1'],
])('two kinds of reason: %s and %s', (one, other) => {
  expect(kindOfReason(one)).not.toBe(kindOfReason(other));
});
