/** Runs a peer's program on the work: it warms up, plays the requests, and tells the effects and the totals. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Measurement } from '../measurement.ts';
import { cpuMs } from '../process-tree.ts';
import { quickRequests, type TimedRequest } from '../requests.ts';
import { findRedis, installPeers, PEERS } from './install.ts';

const Played = v.object({ effects: v.array(v.object({ atMs: v.number(), readings: v.number() })) });
const Totals = v.object({
  totals: v.array(v.tuple([v.string(), v.object({ count: v.number(), sum: v.number() })])),
});

export async function runBullmq(
  requests: readonly TimedRequest[],
  readsAtOnce: number,
): Promise<Measurement> {
  installPeers();
  const { file, env } = findRedis();
  const redis = await freePort();
  const settings = ['--port', String(redis), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes'];
  return withServer(
    (folder) => spawn(file, settings, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] }),
    redis,
    () => play('bullmq.mjs', { requests, readsAtOnce, ports: { redis } }),
  );
}

export async function runRestate(
  requests: readonly TimedRequest[],
  readsAtOnce: number,
): Promise<Measurement> {
  installPeers();
  const [ingress, admin, service, node] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const at = (port: number) => `127.0.0.1:${port}`;
  const env = {
    ...process.env,
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_ADDRESS: at(node),
    RESTATE_INGRESS__BIND_ADDRESS: at(ingress),
    RESTATE_ADMIN__BIND_ADDRESS: at(admin),
    RESTATE_LOG_FILTER: 'warn',
    DO_NOT_TRACK: '1',
  };
  const file = join(PEERS, 'node_modules/.bin/restate-server');
  return withServer(
    (folder) => spawn(file, ['--no-logo'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] }),
    admin,
    () => play('restate.mjs', { requests, readsAtOnce, ports: { ingress, admin, service } }),
  );
}

interface PeerWork {
  readonly requests: readonly TimedRequest[];
  readonly readsAtOnce: number;
  readonly ports: Readonly<Record<string, number>>;
}

/** As many requests as the stacks have before their work: measure-stack.ts. */
const warmUp = quickRequests(1000, 20, 1).map((each) => ({ ...each, key: `warm-up/${each.key}` }));

async function play(program: string, work: PeerWork): Promise<Measurement> {
  const env = { ...process.env, RESTATE_LOGGING: 'WARN' };
  const child = fork(join(PEERS, program), { env, stdio: ['ignore', 2, 2, 'ipc'] });
  try {
    const told = () => messageOf(child, program);
    const ready = told();
    child.send({ ...work, warmUp });
    await ready;
    const before = cpuMs();
    const played = told();
    child.send('go');
    const { effects } = v.parse(Played, await played);
    const usedMs = cpuMs() - before;
    const { totals } = v.parse(Totals, await told());
    return { effects, cpuMs: usedMs, totals: new Map(totals) };
  } finally {
    child.kill();
  }
}

async function messageOf(child: ChildProcess, program: string): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${program} ended with status ${code}`);
  });
  ended.catch(() => undefined);
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

async function withServer(
  start: (folder: string) => ChildProcess,
  port: number,
  run: () => Promise<Measurement>,
): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-peer-'));
  const server = start(folder);
  try {
    await untilOpen(port, server);
    return await run();
  } finally {
    const gone = once(server, 'exit');
    server.kill();
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
}

const START_TIMEOUT_MS = 60_000;

async function untilOpen(port: number, server: ChildProcess): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const isOpen = await fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      (error: unknown) => !isRefused(error),
    );
    if (isOpen) return;
    if (server.exitCode !== null || performance.now() > until)
      throw new Error(`nothing answers on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
