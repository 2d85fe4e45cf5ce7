/** The files of a run in the user's folder; one of several runs has a subfolder. */
import { LOCAL_FILE, localFileOf } from '../../operate/find-local.ts';
import { oneOfAll } from './one-of-all.ts';

export interface RunPlace {
  /** The file by which the commands find the run. */
  readonly file: string;
  /** The output of its functions. */
  readonly log: string;
  /** The command that shows its status. */
  readonly status: string;
}

export function runPlace(): RunPlace {
  const told = oneOfAll();
  if (told === undefined) return { file: LOCAL_FILE, log: '.weir/functions.log', status: 'npx weir status' };
  const folder = `.weir/${told.pipeline}`;
  return {
    file: localFileOf(told.pipeline),
    log: `${folder}/functions.log`,
    status: `npx weir status --pipeline ${told.pipeline}`,
  };
}
