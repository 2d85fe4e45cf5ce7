/**
 * Runs the shadow in a separate process, with limits on its time and memory (../../watched-process.ts), and ends that process
 * before it resolves. The process gets the commits to compare and sends each answer as soon as it has it.
 */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { deserialize, serialize } from 'node:v8';
import type { Limits } from '../../limits.ts';
import { type Death, residentMbOf, startWatched } from '../../watched-process.ts';
import type { RunShadow, ShadowRun } from './shadow.ts';
import { SHADOW_MARK } from './shadow-child.ts';
import type { Answer } from './shadow-item.ts';

/** Share of the function's memory that the shadow may take. */
const SHARE = 1 / 4;

/** `entry` is the module that the process runs: the function's own bundle, which calls serveShadow. */
export function createShadowProcess(entry: URL, { memoryMb }: Pick<Limits, 'memoryMb'>): RunShadow {
  const residentMb = residentMbOf(memoryMb, SHARE);
  return async (jobs, timeoutMs) => {
    const { promise, resolve } = Promise.withResolvers<ShadowRun>();
    const fifth = openSync(devNull, 'r');
    let answers: readonly Answer[] = [];
    const onAnswer = (bytes: Buffer) => {
      answers = answersIn(bytes);
      if (answers.length === jobs.length) resolve({ answers });
    };
    const { input, died, end } = startWatched({ entry, mark: SHADOW_MARK, residentMb, fifth, onAnswer });
    const late = `did not come back within ${Math.round(timeoutMs)} ms`;
    const timer = setTimeout(() => resolve({ answers, ended: late }), timeoutMs);
    void died.then((death) => resolve({ answers, ended: endingOf(death) }));
    input?.on('error', () => undefined); // The process ended before it read all its input.
    input?.end(serialize(jobs));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      end();
      closeSync(fifth);
    }
  };
}

function endingOf(death: Death): string {
  if ('reason' in death) return death.reason;
  return `ended its process ${'signal' in death ? `by ${death.signal}` : `with exit code ${death.exitCode}`}`;
}

/** Each answer is preceded by its length. */
function answersIn(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  for (let from = 0; bytes.length >= from + 4; ) {
    const end = from + 4 + bytes.readUInt32LE(from);
    if (bytes.length < end) break;
    // The answer comes from the same build in another process.
    answers.push(deserialize(bytes.subarray(from + 4, end)) as Answer);
    from = end;
  }
  return answers;
}
