/**
 * The data that `weir run --all` passes to each run that it starts. It is in an environment variable, not
 * among the arguments, because it contains secrets, and process lists show arguments to every user.
 */
import * as v from 'valibot';

const VARIABLE = 'WEIR_ONE_OF_ALL';

const OneOfAll = v.object({
  /** Name of the pipeline's construct; empty if the stack is the pipeline. */
  pipeline: v.string(),
  /** The folder that the app was synthesized to, once for all runs. */
  assembly: v.string(),
  secrets: v.record(v.string(), v.string()),
});
export type OneOfAll = v.InferOutput<typeof OneOfAll>;

/** Undefined: the user started this run. */
export function oneOfAll(): OneOfAll | undefined {
  const text = process.env[VARIABLE];
  return text === undefined ? undefined : v.parse(v.pipe(v.string(), v.parseJson(), OneOfAll), text);
}

export function tellOneOfAll(told: OneOfAll): Readonly<Record<string, string>> {
  return { [VARIABLE]: JSON.stringify(told) };
}

/** One of several runs ends with the command that started it, even if that command was killed. */
export function endWithStarter(): void {
  if (oneOfAll() === undefined) return;
  process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.resume();
  process.stdin.unref();
}
