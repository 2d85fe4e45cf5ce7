/** `weir run`: a pipeline on this machine, the sample on its log, or one's own on one's own requests; or all of a stack. */
import { parseRun, RUN_HELP, RUN_OPTIONS } from '../run/run-options.ts';

export const OPTIONS = RUN_OPTIONS;

export async function run(args: string[]): Promise<number> {
  const values = parseRun(args);
  if (values.help) {
    console.log(RUN_HELP);
    return 0;
  }
  // What a run needs takes a while to load, and the other kind does not.
  if (values.all) return (await import('../run/run-all.ts')).runAll(values);
  return (await import('../run/run-one.ts')).runOne(values);
}
