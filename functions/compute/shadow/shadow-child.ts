/** Runs inside the process of a shadow: the only place that loads the shadow's code. */
import { readFileSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { INPUT } from '../../descriptors.ts';
import { reasonOf } from '../../errors.ts';
import type { Pipeline } from '../../pipeline.ts';
import type { Clock } from '../../ports.ts';
import { compareCommit, type ShadowJob } from './compare-commit.ts';
import type { Answer } from './shadow-item.ts';

/** The argument with which the bundle runs the shadow instead of a function. */
export const SHADOW_MARK = 'weir-shadow';
const ANSWER = 4;

export type LoadShadow = () => Promise<{ readonly default: Pipeline }>;

/** In a process that was started for a shadow: compares the given commits and ends the process. Elsewhere it does nothing. */
export async function serveShadow(pipeline: Pipeline, load: LoadShadow, clock: Clock): Promise<void> {
  if (process.argv[2] !== SHADOW_MARK) return;
  // The jobs come from the same build in another process.
  const jobs = deserialize(readFileSync(INPUT)) as readonly ShadowJob[];
  for (const answer of await answersOf(jobs, pipeline, load, clock)) write(serialize(answer));
  process.kill(process.pid, 'SIGKILL');
}

async function answersOf(
  jobs: readonly ShadowJob[],
  pipeline: Pipeline,
  load: LoadShadow,
  clock: Clock,
): Promise<Iterable<Answer>> {
  try {
    const { default: shadow } = await load();
    return answersBy(shadow, jobs, pipeline, clock);
  } catch (error) {
    return jobs.map(() => ({ failure: `the shadow cannot be loaded: ${reasonOf(error)}` }));
  }
}

/** Yields each answer before the next job runs, because the next one may end the process. */
export function* answersBy(
  shadow: Pipeline,
  jobs: readonly ShadowJob[],
  pipeline: Pipeline,
  clock: Clock,
): Iterable<Answer> {
  for (const job of jobs) {
    try {
      yield compareCommit(pipeline, shadow, job, clock);
    } catch (error) {
      yield { failure: `not compared: ${reasonOf(error)}` };
    }
  }
}

function write(content: Buffer): void {
  const bytes = Buffer.alloc(4 + content.length);
  bytes.writeUInt32LE(content.length, 0);
  content.copy(bytes, 4);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(ANSWER, bytes, sent);
}
