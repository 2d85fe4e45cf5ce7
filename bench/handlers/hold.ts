/**
 * A share of one processor, as the memory of a Lambda function gives it (1,769 MB are one):
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. A control group of Linux, version 1 or 2; it
 * outweighs all else on the machine, so that what else runs there takes little of the share away.
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Hold {
  /** A process that writes its number in here is held. */
  readonly members: string;
  release(): void;
}

const PERIOD_US = 20_000;
const ROOT = '/sys/fs/cgroup';

/** `share` undefined: all of it. Undefined where this process may make no such group. */
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
