/** What the peers need, fetched when it is first asked for: npm packages, and Redis if the machine has none. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const PEERS = join(import.meta.dirname, 'on-demand');
const DEBIAN = join(PEERS, 'node_modules/.debian');
const REDIS = 'redis-server';
/** Redis and those of its libraries that are in no minimal Debian. */
const DEBIAN_PACKAGES = [REDIS, 'redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1'];

export function installPeers(): void {
  if (existsSync(join(PEERS, 'node_modules/bullmq'))) return;
  console.error('Installing the peers of bench/peers/on-demand, once (240 MB).');
  const { status } = spawnSync('npm', ['ci', '--prefix', PEERS], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ci --prefix ${PEERS} ended with status ${status}`);
}

/** The program of Redis and the variables that it needs. */
export function findRedis(): { readonly file: string; readonly env: NodeJS.ProcessEnv } {
  if (spawnSync('redis-server', ['--version']).status === 0)
    return { file: 'redis-server', env: process.env };
  const file = join(DEBIAN, 'usr/bin', REDIS);
  if (!existsSync(file)) unpackRedis();
  const libraries = readdirSync(join(DEBIAN, 'usr/lib')).map((name) => join(DEBIAN, 'usr/lib', name));
  return { file, env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':') } };
}

function unpackRedis(): void {
  mkdirSync(DEBIAN, { recursive: true });
  const script = `apt-get download ${DEBIAN_PACKAGES.join(' ')} && for each in *.deb; do dpkg -x "$each" . || exit 1; done`;
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script], { cwd: DEBIAN, encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `BullMQ needs Redis, and this machine has none: install it (apt-get install redis-server), then run again. ${stderr.trim()}`,
  );
}
