/** Paths of the user, from the folder in which the command was given: a run goes on in another one. */
import { relative, resolve } from 'node:path';

const HOME = process.cwd();

export function userPath(file: string): string {
  return resolve(HOME, file);
}

export function shownPath(file: string): string {
  return relative(HOME, userPath(file));
}
