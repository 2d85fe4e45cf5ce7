/** `npm run bench` and `npm run demo`: only for a clone, so they are not commands of the package. */
import type { Commands } from '../cli/command.ts';
import { dispatch } from '../cli/dispatch.ts';

const COMMANDS: Commands = {
  demo: {
    summary:
      'six small asyncio programs beside the same work as a pipeline; "demo sources": a source that pushes back',
    load: async () => ({ run: (await import('./demo/main.ts')).demo }),
  },
  bench: {
    summary: 'measure Weir beside what one would use instead',
    load: async () => ({ run: (await import('./main.ts')).bench }),
  },
};

process.exitCode = await dispatch('npm run', COMMANDS, process.argv.slice(2));
