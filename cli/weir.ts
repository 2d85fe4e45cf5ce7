/** The command line. */
import { leaveStuckThreads } from '../local/lambda/end-thread.ts';
import { COMMANDS } from './command-table.ts';
import { dispatch } from './dispatch.ts';

process.exitCode = await dispatch('weir', COMMANDS, process.argv.slice(2));
leaveStuckThreads();
