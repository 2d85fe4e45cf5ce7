/** `--pipeline NAME|FILE`: a pipeline of infra/config.ts by its name, or any file that exports one. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { type PipelineConfig, pipelines } from '../../infra/config.ts';
import { UsageError } from '../terminal/options.ts';

export interface ChosenPipeline {
  readonly config: PipelineConfig;
  /** Of its file. */
  readonly path: string;
}

export function pipelineOf(nameOrFile: string): ChosenPipeline {
  const config = Object.hasOwn(pipelines, nameOrFile) ? pipelines[nameOrFile] : undefined;
  if (config !== undefined) return { config, path: resolve(PROJECT, config.file) };
  const path = resolve(nameOrFile);
  // A pipeline that is not in the table yet may write to a results queue all the same.
  if (/\.[cm]?ts$/.test(path) && existsSync(path))
    return { config: { file: path, resultsQueue: true }, path };
  throw new UsageError(
    `--pipeline ${JSON.stringify(nameOrFile)} is neither in infra/config.ts (${Object.keys(pipelines).join(', ')}) nor a ` +
      'TypeScript file',
  );
}
