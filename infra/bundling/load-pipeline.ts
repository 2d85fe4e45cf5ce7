/** Loads the pipeline in a file: its default export, which is checked. */
import { pathToFileURL } from 'node:url';
import { isRecord } from '../../functions/json.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import { placeOfFailure } from './load-failure.ts';

export async function loadPipeline(file: string): Promise<Pipeline> {
  const module: unknown = await import(pathToFileURL(file).href).catch(async (error: unknown) => {
    throw new Error(`pipeline file ${file} cannot be loaded: ${await placeOfFailure(file, error)}`, {
      cause: error,
    });
  });
  const pipeline = isRecord(module) ? module['default'] : undefined;
  if (!isPipeline(pipeline)) {
    throw new Error(
      `pipeline file ${file}: its default export is not a pipeline; export default definePipeline({...})`,
    );
  }
  return pipeline;
}

function isPipeline(value: unknown): value is Pipeline {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    typeof value['read'] === 'function' &&
    typeof value['compute'] === 'function' &&
    isRecord(value['limits'])
  );
}
