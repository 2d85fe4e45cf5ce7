import { expect, test } from 'vitest';
import { failedOf } from '../../../local/mappings/partial-response.ts';

const known = ['a', 'b', 'c'];
const failedIn = (response: unknown) => [...failedOf({ kind: 'response', response }, known, true)];
const item = (itemIdentifier: unknown) => ({ itemIdentifier });

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html, "Success and failure conditions".
test.each<[string, unknown]>([
  ['an empty list', { batchItemFailures: [] }],
  ['a null list', { batchItemFailures: null }],
  ['an empty response', {}],
  ['a null response', null],
])('%s means that all succeeded', (_what, response) => {
  expect(failedIn(response)).toEqual([]);
});

test.each<[string, unknown]>([
  ['an empty identifier', { batchItemFailures: [item('')] }],
  ['a null identifier', { batchItemFailures: [item(null)] }],
  ['a misspelt key', { batchItemFailures: [{ itemIdentifer: 'a' }] }],
  ['an identifier of no message of the batch', { batchItemFailures: [item('a'), item('z')] }],
  ['a value that is not a list', { batchItemFailures: 'a' }],
  ['a response that is no object', 'a'],
])('%s means that the whole batch failed', (_what, response) => {
  expect(failedIn(response)).toEqual(known);
});

test('otherwise only the messages named in the answer failed', () => {
  expect(failedIn({ batchItemFailures: [item('b')] })).toEqual(['b']);
});

test('an error fails the whole batch; without ReportBatchItemFailures an answer fails nothing', () => {
  expect([...failedOf({ kind: 'error', error: { type: 'E', message: '' } }, known, true)]).toEqual(known);
  const response = { batchItemFailures: [item('b')] };
  expect([...failedOf({ kind: 'response', response }, known, false)]).toEqual([]);
});
