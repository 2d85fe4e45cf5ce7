/**
 * The user's paths, relative to the folder in which the command was called: a run changes its working
 * directory.
 */
import { relative, resolve } from 'node:path';

const HOME = process.cwd();

export function userPath(file: string): string {
  return resolve(HOME, file);
}

export function shownPath(file: string): string {
  return relative(HOME, userPath(file));
}
