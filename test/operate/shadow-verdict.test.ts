import { expect, test } from 'vitest';
import type { ShadowItem } from '../../functions/compute/shadow/shadow-item.ts';
import { verdictOf } from '../../operate/shadow.ts';

const compared = (parts: Partial<ShadowItem>): ShadowItem => ({
  ...{ key: 'k', lineage: 'l', code: 'c', version: 1, since: 0, sentAt: 0, commits: 1, missed: 0 },
  ...{
    readings: 30,
    different: 0,
    threw: 0,
    slow: 0,
    realMs: 10,
    shadowMs: 10,
    findings: [],
    trouble: undefined,
  },
  ...parts,
});

test('the verdict on a shadow names its worst result', () => {
  expect(verdictOf(compared({}))).toBe('equal');
  expect(verdictOf(compared({ slow: 20 }))).toBe('slower');
  expect(verdictOf(compared({ slow: 20, different: 1 }))).toBe('different');
  expect(verdictOf(compared({ different: 1, threw: 1 }))).toBe('threw');
  expect(verdictOf(compared({ commits: 0, readings: 0 }))).toBe('missed');
});

test('a shadow that has computed no reading is not reported as slower', () => {
  expect(verdictOf(compared({ readings: 0, realMs: 0, shadowMs: 0 }))).toBe('equal');
});

test('a shadow is reported as slower only if it took twice the time for at least 20 readings and for most of them', () => {
  expect(verdictOf(compared({ readings: 3, slow: 3, realMs: 0.3, shadowMs: 4_000 }))).toBe('equal');
  expect(verdictOf(compared({ readings: 19, slow: 19 }))).toBe('equal');
  expect(verdictOf(compared({ readings: 20, slow: 20 }))).toBe('slower');
  expect(verdictOf(compared({ readings: 1_000, slow: 400, realMs: 10, shadowMs: 90_000 }))).toBe('equal');
  expect(verdictOf(compared({ readings: 1_000, slow: 501 }))).toBe('slower');
});
