/** Runs docs/life.md again, command by command, on real local runs; later tests use its second run. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { HEAD, renderLife } from '../../bench/demo/life/page.ts';
import { type PlayedLife, playLife, type Told } from '../../bench/demo/life/play-life.ts';
import { type Ended, weir } from '../../bench/demo/life/weir.ts';
import { isRecord } from '../../functions/json.ts';
import { listKeys } from '../../operate/keys.ts';
import { endOf, startWeir, until } from '../cli/weir.ts';

const TIMEOUT_MS = 1_200_000;
const folder = mkdtempSync(join(tmpdir(), 'weir-life-'));
const told: Told[] = [];
let life: PlayedLife;

beforeAll(async () => {
  life = await playLife(folder, (one) => told.push(one));
  return async () => {
    await life[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  };
}, TIMEOUT_MS);

const run = (...args: string[]): Promise<Ended> => weir(args, life.place);

async function json(...args: string[]): Promise<unknown> {
  return JSON.parse((await run(...args, '--json')).printed);
}

async function exported(...args: string[]): Promise<Record<string, unknown>[]> {
  const { status, printed } = await run('export', ...args);
  expect(status).toBe(0);
  const lines = printed.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line): unknown => JSON.parse(line)).filter(isRecord);
}

/** Without what is another on each run: times, ids of dead letters, and the width of columns that hold them. */
function withoutChance(page: string): string {
  return page
    .replace(/ {2,}/g, '  ')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/(?:\d+ min )?[\d.]+ (m?s)\b/g, 'SOME $1')
    .replace(/^ {2}[0-9a-f]{8}(?= {2}readings)/gm, '  LETTER');
}

test('the life of an account is as docs/life.md tells it: first statement at 57, migration, shadow, wake, forget, late redrive', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/life.md'), 'utf8');
  expect(withoutChance(HEAD + renderLife(told))).toBe(withoutChance(page));
});

describe('on a local run that is up', () => {
  test('a state is read as JSON, and all states are exported one a line, with their versions', async () => {
    expect(await json('state', 'account-7')).toMatchObject({
      ...{ key: 'account-7', version: 7, stateVersion: 2, state: { cents: 70 }, parked: 0 },
      forgotten: { version: 6 },
      history: [{ word: 'forget', version: 6, reason: 'request 4711' }],
    });
    expect((await run('state', 'nobody')).status).toBe(1);
    expect(await exported()).toMatchObject([
      { key: 'account-7', version: 7, stateVersion: 2, state: { cents: 70 } },
      { key: 'account-8', version: 3, stateVersion: 2, state: { cents: 45 } },
    ]);
  });

  test('keys are found by a condition on their states', async () => {
    const found = async (where: string) => {
      const list = await json('keys', '--where', where);
      const keys = isRecord(list) ? list['keys'] : undefined;
      return Array.isArray(keys) ? keys.map((each: unknown) => (isRecord(each) ? each['key'] : each)) : keys;
    };
    expect(await found('cents >= 45')).toEqual(['account-7', 'account-8']);
    expect(await found('cents < 50')).toEqual(['account-8']);
    expect(await found('cents = "45"')).toEqual([]);
    expect((await run('keys', '--where', 'cents ~ 45')).status).toBe(2);
    expect(await json('keys', '--count')).toEqual([{ stateVersion: 2, keys: 2 }]);
    expect((await run('keys', '--count', '--prefix', 'a')).status).toBe(2);
  });

  test('a key is reset in order with its readings, with the reason in its history, and a state that is not JSON is refused', async () => {
    expect((await run('reset', 'account-8', '--to', '{cents', '--reason', 'none')).status).not.toBe(0);
    const reset = ['reset', 'account-8', '--to', '{"cents": 50, "silent": true}', '--reason', 'a gift'];
    expect((await run(...reset)).status).toBe(0);
    expect(await json('state', 'account-8')).toMatchObject({
      state: { cents: 50, silent: true },
      history: [{ reason: 'a fee was booked twice' }, { word: 'reset', reason: 'a gift' }],
    });
  });

  test('a script that forgets a key without --yes is refused, and the key keeps its state', async () => {
    expect((await run('forget', 'account-8', '--reason', 'a test')).status).toBe(2);
    expect(await json('state', 'account-8')).toMatchObject({ state: { cents: 50 } });
  });

  test('a key that is forgotten twice stays forgotten, and each command has its own version', async () => {
    for (const version of [5, 6]) {
      expect(await run('forget', 'account-8', '--yes', '--reason', 'a test')).toMatchObject({
        status: 0,
        printed: `"account-8" is forgotten, at version ${version}.\n`,
      });
    }
    const kept = await json('state', 'account-8');
    expect(kept).toMatchObject({ version: 6, counts: { applied: 1 }, forgotten: { version: 6 } });
    expect(kept).not.toHaveProperty('state');
  });

  test(
    'a migration of all keys keeps to the given rate, is interrupted, and continues when the command is repeated',
    async () => {
      const { deployment, place } = life;
      await putOlder(25);
      const count = async (parts: object) => {
        const states = await exported('--prefix', 'older-');
        return states.filter((state) => isDeepStrictEqual({ ...state, key: '' }, { key: '', ...parts }))
          .length;
      };
      const interrupted = startWeir(['migrate', '--to', '2', '--all', '--rate', '1', '--wait', '0'], {
        cwd: place.folder,
      });
      const end = endOf(interrupted);
      const isMigrated = async () =>
        (await listKeys(deployment, { prefix: 'older-' })).keys.some(({ version }) => version > 1);
      await until(isMigrated);
      interrupted.kill('SIGINT');
      expect((await end).status).toBe(130);
      const left = await count({ version: 1, state: 40 });
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThan(25);
      expect((await run('migrate', '--to', '2', '--all')).printed).toMatch(/None is left\./);
      expect(await count({ version: 2, stateVersion: 2, state: { cents: 40, silent: false } })).toBe(25);
    },
    TIMEOUT_MS,
  );
});

/** Keys as the first build left them. */
async function putOlder(count: number): Promise<void> {
  const { dynamo, table } = life.deployment;
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: 'account-7' }, sk: { S: 'state' } } }),
  );
  const { stateVersion: _, forgotten: __, history: ___, wakes: ____, commits: _____, ...kept } = Item ?? {};
  for (let n = 1; n <= count; n += 1) {
    const older = { pk: { S: `older-${n}` }, version: { N: '1' }, state: { S: '40' }, format: { N: '1' } };
    await dynamo.send(new PutItemCommand({ TableName: table, Item: { ...kept, ...older } }));
  }
}
