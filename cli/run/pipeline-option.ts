/**
 * `--pipeline NAME|FILE`: a pipeline by name, or a file that exports one. In a clone the names are those of
 * infra/config.ts; in a user's project they are the files in pipelines/.
 */
import { existsSync, globSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { IS_CLONE, PROJECT } from '../../infra/bundling/bundle.ts';
import { type PipelineConfig, pipelines } from '../../infra/config.ts';
import { UsageError } from '../terminal/options.ts';

export interface ChosenPipeline {
  readonly config: PipelineConfig;
  /** Path of its file. */
  readonly path: string;
}

const FOLDER = 'pipelines';
const ENDINGS = /\.[cm]?[jt]s$/;

export function pipelineOf(nameOrFile: string): ChosenPipeline {
  if (IS_CLONE) {
    const config = Object.hasOwn(pipelines, nameOrFile) ? pipelines[nameOrFile] : undefined;
    if (config !== undefined) return { config, path: resolve(PROJECT, config.file) };
  } else {
    const named = filesHere().find((file) => nameOf(file) === nameOrFile);
    if (named !== undefined) return fromFile(named);
  }
  const path = resolve(nameOrFile);
  if (!existsSync(path))
    throw new UsageError(`${quoted(nameOrFile)} is neither ${whatThereIs()} nor a file: ${path}`);
  if (!ENDINGS.test(path)) {
    throw new UsageError(
      `${quoted(nameOrFile)} is no pipeline: give a file that ends in .ts, .mts, .js or .mjs`,
    );
  }
  return fromFile(path);
}

/** In a user's project without `--pipeline`: the only file in pipelines/. */
export function onlyPipeline(): ChosenPipeline {
  const [file, ...others] = filesHere();
  if (file === undefined) {
    throw new UsageError(
      `there is no pipeline in ${resolve(FOLDER)}: write one (weir init makes a first one), or give its file with --pipeline FILE`,
    );
  }
  if (others.length > 0) {
    const names = [file, ...others].map(nameOf).join(', ');
    throw new UsageError(
      `there are several pipelines in ${resolve(FOLDER)}, choose one with --pipeline: ${names}`,
    );
  }
  return fromFile(file);
}

/** A pipeline without an entry in the table may still write to a results queue. */
function fromFile(file: string): ChosenPipeline {
  const path = resolve(file);
  return { config: { file: path, resultsQueue: true }, path };
}

function filesHere(): string[] {
  return globSync(`${FOLDER}/*.{ts,mts,js,mjs}`)
    .filter((file) => !/\.(test|spec|d)\.[cm]?[jt]s$/.test(file))
    .toSorted();
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

function whatThereIs(): string {
  if (IS_CLONE) return `in infra/config.ts (${Object.keys(pipelines).join(', ')})`;
  const names = filesHere().map(nameOf);
  return `in ${FOLDER}/${names.length === 0 ? '' : ` (${names.join(', ')})`}`;
}

function quoted(nameOrFile: string): string {
  return `--pipeline ${JSON.stringify(nameOrFile)}`;
}
