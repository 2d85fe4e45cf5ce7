/**
 * Says that the deployment takes a while, before it starts. On a terminal the line is replaced by the result.
 * Elsewhere it goes to standard error, so that it is seen when the output goes to a file.
 */
import type { ProgressStream } from '../../local/report/progress.ts';
import { terminalOf } from '../../local/report/terminal.ts';

const BEGUN = 'Deploying on this machine ...';
const ERASE_LINE = '\r\u001B[K';

interface Streams {
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
}

/** `describe` gives the line that says what was deployed. */
export async function whileDeploying<Started>(
  start: () => Promise<Started>,
  describe: (started: Started) => string,
  { stdout, stderr }: Streams = process,
): Promise<Started> {
  const { interactive } = terminalOf(stdout);
  if (interactive) stdout.write(BEGUN);
  else stderr.write(`${BEGUN}\n`);
  const started = await start().catch((error: unknown) => {
    if (interactive) stdout.write('\n');
    throw error;
  });
  stdout.write(`${interactive ? ERASE_LINE : ''}${describe(started)}\n`);
  return started;
}
