import { describe, expect, test } from 'vitest';
import { decodeItem } from '../../functions/aws/dynamo-items.ts';
import { encodeState } from '../../functions/compute/state-text.ts';
import { reasonOf } from '../../functions/errors.ts';
import { encodeJson, parseJson } from '../../functions/json.ts';
import {
  KEY_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  REASON_LENGTH_MAX,
  STATE_BYTES_MAX,
} from '../../functions/limits.ts';
import { packReadings } from '../../functions/pack.ts';

const KEY = `${'k'.repeat(KEY_BYTES_MAX - 4)}-end`;
const HOSTILE = '\u0000"\\'.repeat(KEY_BYTES_MAX / 4);

function reasonFor(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return reasonOf(error);
  }
  throw new Error('nothing was thrown');
}

describe('a reason has room for the cause beside a key of 1,024 bytes or a name of any length:', () => {
  const large = 'x'.repeat(MESSAGE_BYTES_MAX);
  const deep = (step: string) => {
    let value: unknown = Number.NaN;
    for (let level = 0; level < 90; level += 1) value = { [step]: value };
    return value;
  };
  test.each<[string, () => unknown, RegExp]>([
    ['a state too large', () => encodeState('x'.repeat(STATE_BYTES_MAX), KEY), /are allowed$/],
    ['an invalid state', () => encodeState([() => 0], HOSTILE), /is a function, which JSON cannot hold/],
    ['a reading too large', () => packReadings({ id: 'r', since: 0 }, [large], () => KEY), /name the place$/],
    [
      'an item of a newer format',
      () => decodeItem({ pk: { S: KEY }, format: { N: '99' } }),
      /, this build knows \d+$/,
    ],
    ['a value at a long name', () => encodeJson({ [KEY]: Number.NaN }, 'it'), /is NaN, which JSON cannot/],
    ['a value deep inside', () => encodeJson(deep(KEY), 'it'), /is NaN, which JSON cannot/],
    ['a number at a long name', () => parseJson(`{"${KEY}":1e999}`, 'it'), /send it as a string$/],
  ])('%s', (_, work, cause) => {
    const reason = reasonFor(work);
    expect(reason).toMatch(cause);
    expect(reason).toContain('…');
    expect(reason.length).toBeLessThan(REASON_LENGTH_MAX);
  });

  test('its beginning and its end are kept', () => {
    expect(reasonFor(() => encodeState([() => 0], KEY))).toMatch(/the state of "kkkkk.*…k*-end" at \[0\]/);
    expect(reasonFor(() => encodeState([() => 0], 'short'))).toMatch(/the state of "short" at \[0\]/);
  });
});
