/** An operator's session with local runs that stay up, through the command line only. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { listDead } from '../../operate/dead.ts';
import { DEAD_PLACES } from '../../operate/dead-letter.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { findLocal } from '../../operate/find-local.ts';
import { listKeys } from '../../operate/keys.ts';
import { backlogOf, lookAt } from '../../operate/status.ts';
import { temporaryFolder } from '../operate/queues.ts';
import { madeApp } from './made-app.ts';
import { endOf, startStay, startWeir, until, weir, weirJson } from './weir.ts';

const TIMEOUT_MS = 1_200_000;
const fixture = (name: string) => resolve(import.meta.dirname, `../fixtures/${name}.ts`);

const KeyState = v.object({
  version: v.number(),
  state: v.object({ balance: v.number(), amounts: v.array(v.number()) }),
  counts: v.object({ applied: v.number(), skipped: v.number(), dead: v.number() }),
  receipts: v.number(),
  parked: v.number(),
});

async function stateOf(key: string, cwd: string) {
  return v.parse(KeyState, await weirJson(['state', key], { cwd }));
}

/** For waiting: looking is cheaper without a process each time. */
async function connect(cwd: string): Promise<Deployment> {
  const deployment = await findLocal(join(cwd, '.weir/local.json'));
  onTestFinished(() => deployment.close());
  return deployment;
}

async function untilTakenIn(deployment: Deployment, key: string, readings: number): Promise<void> {
  await until(async () => {
    const { keys } = await listKeys(deployment);
    const found = keys.find((each) => each.key === key);
    return found !== undefined && found.counts.applied + found.counts.dead + found.parked === readings;
  });
}

async function untilDead(deployment: Deployment, letters: number): Promise<void> {
  const options = { places: DEAD_PLACES, limit: 100, signal: new AbortController().signal };
  await until(async () => (await listDead(deployment, options)).length === letters);
}

function requestsFile(cwd: string, name: string, requests: readonly unknown[]): string {
  writeFileSync(join(cwd, name), requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  return name;
}

test(
  'a key that stopped is listed, fixed and resumed: its readings are applied in order, each once',
  async () => {
    const cwd = temporaryFolder();
    const broken = join(cwd, 'broken');
    writeFileSync(broken, '');
    const run = await startStay(await madeApp('strict-ledger', fixture('strict-ledger')), cwd);
    const deployment = await connect(cwd);

    const amounts = [1, 2, 3, 4, 5];
    for (const amount of amounts) {
      // One after the other, because requests have no order of their own.
      const body = { entries: [{ account: 'a', amount, ...(amount === 2 ? { brokenWhile: broken } : {}) }] };
      const file = requestsFile(cwd, `r${amount}.ndjson`, [{ id: `r-${amount}`, body }]);
      expect((await weir(['submit', file], { cwd })).status).toBe(0);
      await untilTakenIn(deployment, 'a', amount);
    }
    const other = requestsFile(cwd, 'other.ndjson', [{ entries: [{ account: 'b', amount: 10 }] }]);
    await weir(['submit', other], { cwd });
    await untilTakenIn(deployment, 'b', 1);

    // Seen.
    const status = await weir(['status'], { cwd });
    expect(status.status).toBe(3);
    expect(status.stdout).toMatch(/parked +4 messages/);
    expect(status.stdout).toMatch(
      /1 key stopped: weir stopped list\n +"a", 4 parked: "amount 2 cannot be booked"/,
    );
    const list = await weir(['stopped', 'list'], { cwd });
    expect(list.status).toBe(3);
    expect(list.stdout).toMatch(/a +4 +amount 2 cannot be booked/);
    expect(await weirJson(['stopped', 'show', 'a'], { cwd })).toMatchObject({
      culprit: { request: 'r-2', reading: { amount: 2 } },
    });
    expect((await stateOf('a', cwd)).state).toEqual({ balance: 1, amounts: [1] });

    // Resumed without a fix it stops at the same reading, and loses nothing.
    const tooEarly = await weir(['stopped', 'resume', 'a'], { cwd });
    expect(tooEarly.status).toBe(1);
    expect(tooEarly.stdout).toMatch(/went on and stopped again: "amount 2 cannot be booked"/);

    // Fixed, and resumed.
    rmSync(broken);
    const resumed = await weir(['stopped', 'resume', '--all'], { cwd });
    expect(resumed).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/"a" goes on. Applied since: 4 readings/),
    });
    expect(await stateOf('a', cwd)).toMatchObject({
      state: { balance: 15, amounts },
      counts: { applied: 5, skipped: 0, dead: 0 },
      parked: 0,
    });
    expect(await weir(['stopped', 'resume', 'a'], { cwd })).toMatchObject({
      status: 0,
      stdout: '"a" is not stopped: nothing to do.\n',
    });
    expect((await weir(['status'], { cwd })).status).toBe(0);

    // Skipped instead of fixed, a reading is among the dead letters and the key goes on.
    writeFileSync(broken, '');
    const more = [6, 7].map((amount) => ({ account: 'a', amount, brokenWhile: broken }));
    await weir(
      ['submit', requestsFile(cwd, 'more.ndjson', [{ entries: [...more, { account: 'a', amount: 8 }] }])],
      { cwd },
    );
    await until(async () => (await lookAt(deployment)).keys.stopped.length === 1);
    const skipped = await weir(['stopped', 'skip', 'a'], { cwd });
    expect(skipped.stdout).toMatch(/stopped again: "amount 7 cannot be booked"/);
    expect((await weir(['stopped', 'skip', 'a'], { cwd })).status).toBe(0);
    expect(await stateOf('a', cwd)).toMatchObject({
      state: { amounts: [...amounts, 8] },
      counts: { applied: 6, dead: 2 },
    });
    await untilDead(deployment, 2);

    // A second run is refused while this one is up; Ctrl-C ends this one cleanly.
    const second = await weir(['run', '--stay'], { cwd });
    expect(second).toMatchObject({ status: 1, stderr: expect.stringMatching(/a local run is up already/) });
    run.kill('SIGINT');
    await until(() => run.exitCode !== null);
    expect(run.exitCode).toBe(0);
    expect(existsSync(join(cwd, '.weir/local.json'))).toBe(false);
    expect(await weir(['status'], { cwd })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/no local run is up/),
    });
  },
  TIMEOUT_MS,
);

test(
  'a dead request that is edited has its effect once as a new request, and explain and dead show name the old one',
  async () => {
    const cwd = temporaryFolder();
    const away = join(cwd, 'away');
    writeFileSync(away, '');
    await startStay(await madeApp('noted-ledger', fixture('noted-ledger')), cwd);
    const deployment = await connect(cwd);
    const entries = [{ account: 'a', amount: 4 }];
    const file = requestsFile(cwd, 'requests.ndjson', [
      { id: 'r-1', body: { entries, unreadableWhile: away } },
    ]);
    await weir(['submit', file], { cwd });
    await untilDead(deployment, 1);
    const [letter] = v.parse(
      v.array(v.object({ id: v.string() })),
      await weirJson(['dead', 'list'], { cwd }),
    );
    const id = letter?.id ?? '';

    // An editor that changes nothing, and one that leaves no JSON.
    const editing = (editor: string) =>
      weir(['dead', 'edit', id], { cwd, env: { EDITOR: editor, VISUAL: '' } });
    expect(await editing('true')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/was not changed/),
    });
    const spoilt = await editing(`sed -i.bak 's/amount"/amount/'`);
    expect(spoilt).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/is not JSON.*Your text is in/s),
    });
    const [kept = ''] = /\/\S*request\.json/.exec(spoilt.stderr) ?? [];
    expect(readFileSync(kept, 'utf8')).toContain('amount: 4');
    rmSync(dirname(kept), { recursive: true });
    expect(await editing('')).toMatchObject({ status: 2, stderr: expect.stringMatching(/set EDITOR/) });

    // It fails again with a new amount, as a letter of its own that names the first.
    const first = await editing(`sed -i.bak 's/"amount": 4/"amount": 5/'`);
    expect(first).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Sent as request "r-1~edit-[0-9a-f]{16}", edited from "r-1"\.\n$/),
    });
    const Shown = v.object({ id: v.string(), editedFrom: v.string(), request: v.string() });
    const letters = () => weirJson(['dead', 'list'], { cwd });
    await until(async () => v.is(v.tuple([Shown]), await letters()));
    const [again] = v.parse(v.tuple([Shown]), await letters());
    expect(again.editedFrom).toBe('r-1');
    expect((await weir(['dead', 'show', again.id], { cwd })).stdout).toMatch(/edited from +r-1\n/);

    // Without the file it is read.
    const fixed = { input: JSON.stringify({ entries }), cwd };
    const sent = v.parse(
      v.object({ request: v.string(), editedFrom: v.literal(again.request) }),
      JSON.parse((await weir(['dead', 'edit', again.id, '--file', '-', '--json'], fixed)).stdout),
    );
    await untilTakenIn(deployment, 'a', 1);
    expect(await stateOf('a', cwd)).toMatchObject({ state: { amounts: [4] }, counts: { applied: 1 } });
    expect((await weir(['explain', 'a'], { cwd })).stdout).toContain(sent.request);
    expect(await letters()).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'dead readings and requests that are redriven after a fix are applied once, however often they are redriven',
  async () => {
    const cwd = temporaryFolder();
    const [broken, away] = [join(cwd, 'broken'), join(cwd, 'away')];
    for (const file of [broken, away]) writeFileSync(file, '');
    await startStay(await madeApp('ledger', fixture('ledger')), cwd);
    const deployment = await connect(cwd);
    const entries = [
      { account: 'a', amount: 1 },
      { account: 'a', amount: 2, brokenWhile: broken },
      { account: 'a', amount: 3 },
    ];
    const requests = [
      { id: 'r-1', body: { entries } },
      { id: 'r-2', body: { entries: [{ account: 'a', amount: 4 }], unreadableWhile: away } },
    ];
    const file = requestsFile(cwd, 'requests.ndjson', requests);
    await weir(['submit', file], { cwd });
    const Letters = v.array(
      v.object({ id: v.string(), place: v.string(), request: v.string(), reason: v.string() }),
    );
    const letters = async () => v.parse(Letters, await weirJson(['dead', 'list'], { cwd }));
    await untilDead(deployment, 2);
    expect(await letters()).toMatchObject([
      { place: 'requests', request: 'r-2', reason: 'the source is away' },
      { place: 'readings', request: 'r-1', reason: 'amount 2 cannot be booked' },
    ]);
    const of = async (...options: string[]) =>
      (await weir(['dead', 'show', (await letters())[1]?.id.slice(0, 8) ?? '', ...options], { cwd })).stdout;
    // The content is printed for who asks for it, and for nobody else.
    expect(await of()).toMatch(
      /body +\d+ bytes, not shown: it may be confidential\. "weir dead show \S+ --body" prints it/,
    );
    expect(await of()).not.toMatch(/"amount"/);
    expect(await of('--json')).not.toMatch(/"amount"/);
    const shown = { stdout: await of('--body') };
    expect(shown.stdout).toMatch(/"amount": 2/);
    expect((await stateOf('a', cwd)).state.amounts).toEqual([1, 3]);

    // Still broken, it comes back as a dead letter of the same reading.
    const [, first] = await letters();
    await weir(['dead', 'redrive', first?.id ?? '', '--from', 'readings'], { cwd });
    await until(async () =>
      (await letters()).some(({ place, id }) => place === 'readings' && id !== first?.id),
    );

    for (const fixed of [broken, away]) rmSync(fixed);
    const redriven = await weir(['dead', 'redrive', '--all'], { cwd });
    expect(redriven).toMatchObject({ status: 0, stdout: 'Redriven 2 dead letters.\n' });
    // One was counted dead twice, once for each time.
    await untilTakenIn(deployment, 'a', 6);
    // The same requests again, under their ids: nothing is new.
    await weir(['submit', file, '--again'], { cwd });
    await until(async () => backlogOf(await lookAt(deployment)) === 0);
    const { state, counts } = await stateOf('a', cwd);
    expect([...state.amounts].sort()).toEqual([1, 2, 3, 4]);
    expect(state.balance).toBe(10);
    expect(counts.applied).toBe(4);
    expect(await weir(['dead', 'list'], { cwd })).toMatchObject({
      status: 0,
      stdout: 'There are no dead letters.\n',
    });

    // What ran is what a replay of the same requests makes; a reader of another state sees the difference.
    const same = await weir(['replay', '--pipeline', fixture('ledger'), '--requests', file], { cwd });
    expect(same.status).toBe(3); // Redriven readings came late: [1, 3, ...] is not [1, 2, 3, 4].
    expect(same.stdout).toMatch(/a +4 +0 +0 +different +\/amounts\/1: 3 -> 2/);
    await weir(['replay', '--pipeline', fixture('ledger'), '--requests', file, '--save', 'states.ndjson'], {
      cwd,
    });
    const saved = [
      'replay',
      '--pipeline',
      fixture('ledger'),
      '--requests',
      file,
      '--states',
      'states.ndjson',
    ];
    expect((await weir(saved, { cwd })).status).toBe(0);
    const other = [
      'replay',
      '--pipeline',
      fixture('ledger'),
      '--requests',
      file,
      '--states',
      'states.ndjson',
    ];
    writeFileSync(join(cwd, 'states.ndjson'), '{"key":"a","state":{"balance":11,"amounts":[1,2,3,4]}}\n');
    expect(await weir(other, { cwd })).toMatchObject({
      status: 3,
      stdout: expect.stringMatching(/\/balance: 11 -> 10/),
    });
  },
  TIMEOUT_MS,
);

test(
  'any pipeline runs on a file of requests; weir status --watch ends when its reader is gone',
  async () => {
    const cwd = temporaryFolder();
    const requests = Array.from({ length: 20 }, (_, n) => ({
      entries: [{ account: `k${n % 4}`, amount: n }],
    }));
    const file = requestsFile(cwd, 'requests.ndjson', requests);
    const json = join(cwd, 'summary.json');
    const args = ['run', '--pipeline', fixture('ledger'), '--requests-file', file, '--json', json];
    const ended = await weir(args, { cwd });
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/Every request and every reading is accounted for/);

    await startStay(await madeApp('ledger', fixture('ledger')), cwd);
    const watch = startWeir(['status', '--watch', '--every', '1', '--json'], { cwd });
    const [line] = await new Promise<string[]>((seen) =>
      watch.stdout?.once('data', (data) => seen(String(data).split('\n'))),
    );
    expect(JSON.parse(line ?? '')).toMatchObject({ local: true, needsAttention: false, unknown: [] });
    const end = endOf(watch);
    watch.stdout?.destroy();
    await expect(end).rejects.toThrow();
    await until(() => watch.exitCode !== null);
    expect(watch.exitCode).toBe(141);
  },
  TIMEOUT_MS,
);
