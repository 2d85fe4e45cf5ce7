/** The shadow of a pipeline: another file, whose compute is compared with the pipeline's own (docs/shadow.md). */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Pipeline } from '../../functions/pipeline.ts';
import { type Bundling, bundleAlone } from './bundle.ts';

export interface ShadowOptions {
  /** The file whose default export is the shadow. */
  readonly entry: string;
  /** Percentage of the keys that are compared: above 0, at most 100. Default: 10. */
  readonly percent?: number;
}

/** The values that the compute function gets in its environment variables. */
export interface ShadowVariables {
  readonly percent: number;
  /** Hash of the code of the pipeline and of its shadow. */
  readonly code: string;
}

const PERCENT = 10;

/** `resolvePath` makes the given path absolute. Throws an error that says what to change. */
export function shadowOptions(
  given: string | ShadowOptions | undefined,
  resolvePath: (path: string) => string,
): Required<ShadowOptions> | undefined {
  if (given === undefined) return undefined;
  const { entry, percent = PERCENT } = typeof given === 'string' ? { entry: given } : given;
  const file = resolvePath(entry);
  if (!existsSync(file))
    throw new Error(
      `shadow is ${JSON.stringify(entry)}, but there is no file ${file}: give the file of the other compute`,
    );
  if (!(percent > 0 && percent <= 100))
    throw new Error(`shadow.percent is ${percent}: use a number above 0, 100 at the most`);
  return { entry: file, percent };
}

/**
 * A shadow needs single readings, which compute does not get with `merge`. Its states must have the pipeline's version or a
 * later one, because only the shadow's `migrate` is used.
 */
export function checkShadow(pipeline: Pipeline, shadow: Pipeline, file: string): void {
  if (pipeline.merge !== undefined) {
    throw new Error(
      `shadow ${file}: pipeline ${pipeline.name} has merge, so its readings are folded where they are read, and no shadow ` +
        'sees them: leave shadow out, and compare with compareShadow of weir-pipelines/testing',
    );
  }
  if (shadow.state.version >= pipeline.state.version) return;
  throw new Error(
    `shadow ${file}: its states have version ${shadow.state.version}, those of pipeline ${pipeline.name} have ` +
      `${pipeline.state.version}: a shadow needs the same version, or a later one with migrate`,
  );
}

export async function codeOf(pipelineFile: string, shadowFile: string, bundling: Bundling): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [pipelineFile, shadowFile]) hash.update(await bundleAlone(file, bundling));
  return hash.digest('hex').slice(0, 16);
}
