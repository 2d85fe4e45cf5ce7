import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkMigrations } from 'weir-pipelines/testing';
import type { MigrationStep } from '../../functions/state-versions.ts';
import { bookings, someRequests } from './pipelines.ts';

interface Account {
  readonly cents: number;
  readonly count: number;
}

/** Version 1 was the sum alone. */
const before = bookings<number>({ initial: () => 0, compute: (sum, { amount }) => sum + amount });
const next = (step: MigrationStep, parts: { over?: number } = {}) => ({
  ...bookings<Account>({
    initial: () => ({ cents: 0, count: 0 }),
    compute: ({ cents, count }, { amount }) => {
      if (!Number.isFinite(cents)) throw new Error('no cents');
      if (amount === parts.over) throw new Error('too much');
      return { cents: cents + amount, count: count + 1 };
    },
  }),
  state: { version: 2, migrate: { 1: step } },
});
const asAccount: MigrationStep = (old) => ({ cents: Number(old), count: 0 });
const requests = someRequests();

const kindsOf = async (...parts: Parameters<typeof checkMigrations>) =>
  (await checkMigrations(...parts)).problems.map(({ kind }) => kind);

describe('the test kit checks migrate', () => {
  test('on states that the test gives or an export wrote, and says what they became', async () => {
    const states = [
      { key: 'a', state: 12 },
      { key: 'b', stateVersion: 2, state: { cents: 3, count: 1 } },
    ];
    const became = new Map([
      ['a', { cents: 12, count: 0 }],
      ['b', { cents: 3, count: 1 }],
    ]);
    expect(await checkMigrations(next(asAccount), { states })).toEqual({
      problems: [],
      migrated: 2,
      states: became,
    });
    const folder = mkdtempSync(join(tmpdir(), 'weir-migrations-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'states.ndjson');
    writeFileSync(file, states.map((each) => `${JSON.stringify({ ...each, version: 9 })}\n`).join(''));
    const report = await checkMigrations(next(asAccount), { states: file, requests });
    expect(report).toEqual({ problems: [], migrated: 2, states: became });
  });

  test('on the states of the earlier pipeline after each reading', async () => {
    const report = await checkMigrations(next(asAccount), { before, requests });
    expect(report).toMatchObject({ problems: [], migrated: 63 });
  });

  test.each<[string, MigrationStep, string]>([
    ['throws', () => JSON.parse('{'), 'migrate[1] threw: '],
    ['returns nothing', () => undefined, 'migrate[1] returned undefined instead of a state'],
    ['returns what is no JSON', () => new Map(), 'migrate[1]: the state of "a"'],
  ])('a step that %s is a problem, with the state', async (_, step, reason) => {
    const { problems } = await checkMigrations(next(step), { states: [{ key: 'a', state: 12 }] });
    expect(problems).toMatchObject([{ kind: 'migration fails' }]);
    expect(problems[0]?.text).toContain(`the state of key "a" (version 1) cannot be migrated: ${reason}`);
    expect(problems[0]?.text).toContain('it is 12');
  });

  test('a step that is not pure is a problem', async () => {
    const dated = next((old) => ({ cents: Number(old), count: Date.now() }));
    expect(await kindsOf(dated, { before, requests })).toEqual(['not deterministic']);
    let calls = 0;
    const counted = next((old) => {
      calls += 1;
      return { cents: Number(old), count: calls };
    });
    expect(await kindsOf(counted, { states: [{ key: 'a', state: 1 }] })).toEqual(['not pure']);
  });

  test('a state on which compute fails is a problem; a reading that throws in both versions is not', async () => {
    const half = next((old) => ({ sum: Number(old) }));
    expect(await kindsOf(half, { before, requests })).toEqual(['migration fails']);
    const some = requests.slice(0, 3);
    expect(await kindsOf(half, { states: [{ key: 'a', state: 1 }], requests: some })).toEqual([
      'migration fails',
    ]);
    expect(await kindsOf(next(asAccount, { over: 8 }), { before, requests })).toEqual([]);
  });

  test('if the test asks for it, a migrated state must equal the state computed from the beginning', async () => {
    const rebuilt = 'same' as const;
    const { problems } = await checkMigrations(next(asAccount), { before, requests, rebuilt });
    expect(problems).toMatchObject([{ kind: 'not rebuilt' }]);
    expect(problems[0]?.text).toMatch(/\/count: 1, then 0[\s\S]*and \d+ more like this/);
    const sums = bookings<{ readonly sum: number }>({
      initial: () => ({ sum: 0 }),
      compute: ({ sum }, { amount }) => ({ sum: sum + amount }),
    });
    const named = {
      ...sums,
      state: { version: 2, migrate: { 1: (old: unknown) => ({ sum: Number(old) }) } },
    };
    expect(await kindsOf(named, { before, requests, rebuilt })).toEqual([]);
  });

  test('migrating and merging must give the same state in either order', async () => {
    const add = (a: unknown, b: unknown) => Number(a) + Number(b);
    const merging = { ...before, merge: add };
    /** The sum doubled: with or without the count of states that were added up. */
    const doubled = (extra: number) => ({
      ...bookings<number>({ initial: () => 0, compute: (sum, { amount }) => sum + 2 * amount }),
      merge: add,
      state: { version: 2, migrate: { 1: (old: unknown) => 2 * Number(old) + extra } },
    });
    expect(await kindsOf(doubled(0), { before: merging, requests })).toEqual([]);
    expect(await kindsOf(doubled(1), { before: merging, requests })).toEqual(['false merge']);
  });

  test('is refused if it would check nothing', async () => {
    const pipeline = next(asAccount);
    await expect(checkMigrations(pipeline, {})).rejects.toThrow('nothing to migrate: give states');
    await expect(checkMigrations(pipeline, { before })).rejects.toThrow('before is given without requests');
    await expect(checkMigrations(pipeline, { before: pipeline, requests })).rejects.toThrow(
      'raise state.version',
    );
    await expect(
      checkMigrations(pipeline, { states: [{ key: 'a', stateVersion: 3, state: 1 }] }),
    ).rejects.toThrow('the state of key "a" has version 3, but the pipeline writes version 2');
  });
});
