/**
 * A CDK app that was synthesized before: for tests of a run that are not about its template. To bundle the functions and make
 * the template takes most of the processor time of a short run.
 */
import { join } from 'node:path';
import { synthesize } from '../../infra/synthesize.ts';
import { once } from '../package/once.ts';

/** The option of `weir run` that takes the stack of this pipeline, made once in a run of the tests. */
export async function madeApp(name: string, pipeline: string): Promise<string> {
  const assembly = await once(`app ${name}`, async (folder) => {
    const outdir = join(folder, 'cdk.out');
    const bundleDir = join(folder, 'functions');
    await synthesize({ pipelines: [{ file: pipeline }], validate: false, outdir, bundleDir });
    return outdir;
  });
  return appOf(assembly);
}

export function appOf(assembly: string): string {
  return `--app=cp -R "${assembly}/." "$CDK_OUTDIR"`;
}
