/**
 * Limits a process to a share of one processor, as the memory of a Lambda function does (1,769 MB give one):
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. It uses a Linux control group,
 * version 1 or 2, with a high weight, so that other programs take little of the share.
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Hold {
  /** A process that writes its id into this file is limited. */
  readonly members: string;
  release(): void;
}

const PERIOD_US = 20_000;
const ROOT = '/sys/fs/cgroup';

/** `share` undefined: the whole processor. Returns undefined if this process may not create such a group. */
export function createHold(name: string, share?: number): Hold | undefined {
  const old = existsSync(join(ROOT, 'cpu/cpu.cfs_quota_us'));
  const folder = join(ROOT, old ? 'cpu' : '', `weir-bench-${process.pid}-${name}`);
  const quota = share === undefined ? undefined : Math.round(share * PERIOD_US);
  try {
    mkdirSync(folder);
  } catch {
    return undefined;
  }
  const release = () => rmdirSync(folder);
  const say = (file: string, value: string | number) => {
    const path = join(folder, file);
    if (!existsSync(path)) throw new Error(`no ${file}`);
    writeFileSync(path, String(value));
  };
  try {
    if (old) {
      say('cpu.shares', 100_000);
      say('cpu.cfs_period_us', PERIOD_US);
      if (quota !== undefined) say('cpu.cfs_quota_us', quota);
    } else {
      say('cpu.weight', 10_000);
      say('cpu.max', `${quota ?? 'max'} ${PERIOD_US}`);
    }
  } catch {
    release();
    return undefined;
  }
  return { members: join(folder, 'cgroup.procs'), release };
}
