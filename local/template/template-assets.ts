/** Finds the code of a function on this machine: the CDK's asset manifest maps object keys to folders. */
import { join } from 'node:path';
import * as v from 'valibot';

/** https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cloud_assembly_schema.AssetManifest.html */
const Manifest = v.object({
  files: v.optional(
    v.record(
      v.string(),
      v.object({
        source: v.object({ path: v.optional(v.string()) }),
        destinations: v.record(v.string(), v.object({ objectKey: v.string() })),
      }),
    ),
    {},
  ),
});

/** Undefined if the object key is not among the assets. */
export type CodeDirectory = (objectKey: string) => string | undefined;

export function readAssets(manifest: unknown, directory: string): CodeDirectory {
  const folders = new Map<string, string>();
  for (const { source, destinations } of Object.values(v.parse(Manifest, manifest).files)) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) {
      folders.set(objectKey, join(directory, source.path));
    }
  }
  return (objectKey) => folders.get(objectKey);
}
