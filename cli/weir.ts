/** The command line. */
import { COMMANDS } from './command-table.ts';
import { dispatch } from './dispatch.ts';

process.exitCode = await dispatch('weir', COMMANDS, process.argv.slice(2));
