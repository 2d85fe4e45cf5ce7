/**
 * `weir run`: runs a pipeline on this machine: the sample on its log, your own on your requests, or all of a
 * stack.
 */
import { parseRun, RUN_HELP, RUN_OPTIONS } from '../run/run-options.ts';

export const OPTIONS = RUN_OPTIONS;

export async function run(args: string[]): Promise<number> {
  const values = parseRun(args);
  if (values.help) {
    console.log(RUN_HELP);
    return 0;
  }
  // Each kind of run loads only the modules that it needs.
  if (values.all) return (await import('../run/run-all.ts')).runAll(values);
  return (await import('../run/run-one.ts')).runOne(values);
}
