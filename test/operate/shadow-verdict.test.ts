import { expect, test } from 'vitest';
import type { ShadowItem } from '../../functions/compute/shadow/shadow-item.ts';
import { verdictOf } from '../../operate/shadow.ts';

const compared = (parts: Partial<ShadowItem>): ShadowItem => ({
  ...{ key: 'k', lineage: 'l', code: 'c', version: 1, since: 0, sentAt: 0, commits: 1, missed: 0 },
  ...{ readings: 10, different: 0, threw: 0, realMs: 10, shadowMs: 10, findings: [], trouble: undefined },
  ...parts,
});

test('the verdict on a shadow names its worst result', () => {
  expect(verdictOf(compared({}))).toBe('equal');
  expect(verdictOf(compared({ shadowMs: 30 }))).toBe('slower');
  expect(verdictOf(compared({ shadowMs: 30, different: 1 }))).toBe('different');
  expect(verdictOf(compared({ different: 1, threw: 1 }))).toBe('threw');
  expect(verdictOf(compared({ commits: 0, readings: 0 }))).toBe('missed');
});

test('a shadow that has computed no reading is not reported as slower', () => {
  expect(verdictOf(compared({ readings: 0, realMs: 0, shadowMs: 0 }))).toBe('equal');
});
