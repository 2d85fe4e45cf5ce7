/**
 * What `weir run --all` tells each of the runs that it starts. In a variable of that process and not among its arguments,
 * because secrets are in it, and a list of processes shows arguments to everybody.
 */
import * as v from 'valibot';

const VARIABLE = 'WEIR_ONE_OF_ALL';

const OneOfAll = v.object({
  /** The name of its construct; empty where the stack is the pipeline. */
  pipeline: v.string(),
  /** The folder that the app was synthesized to, once for all of them. */
  assembly: v.string(),
  secrets: v.record(v.string(), v.string()),
});
export type OneOfAll = v.InferOutput<typeof OneOfAll>;

/** Undefined: this run was started by hand. */
export function oneOfAll(): OneOfAll | undefined {
  const text = process.env[VARIABLE];
  return text === undefined ? undefined : v.parse(v.pipe(v.string(), v.parseJson(), OneOfAll), text);
}

export function tellOneOfAll(told: OneOfAll): Readonly<Record<string, string>> {
  return { [VARIABLE]: JSON.stringify(told) };
}

/** One of several runs does not outlive the command that started it, even where that was killed. */
export function endWithStarter(): void {
  if (oneOfAll() === undefined) return;
  process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.resume();
  process.stdin.unref();
}
