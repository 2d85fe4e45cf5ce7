/** Where a run keeps its files, in the user's folder: one of several has a folder of its own. */
import { LOCAL_FILE, localFileOf } from '../../operate/find-local.ts';
import { oneOfAll } from './one-of-all.ts';

export interface RunPlace {
  /** By which the commands find it. */
  readonly file: string;
  /** What its functions print. */
  readonly log: string;
  /** The command that shows it. */
  readonly status: string;
}

export function runPlace(): RunPlace {
  const told = oneOfAll();
  if (told === undefined) return { file: LOCAL_FILE, log: '.weir/functions.log', status: 'weir status' };
  const folder = `.weir/${told.pipeline}`;
  return {
    file: localFileOf(told.pipeline),
    log: `${folder}/functions.log`,
    status: `weir status --pipeline ${told.pipeline}`,
  };
}
