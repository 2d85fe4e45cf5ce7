/** The stacks in the output folder of a CDK app, including those of its stages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { TemplateSource } from './template.ts';

/** https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cloud_assembly_schema.AssemblyManifest.html */
const Manifest = v.object({
  artifacts: v.optional(
    v.record(
      v.string(),
      v.object({
        type: v.string(),
        properties: v.optional(v.record(v.string(), v.unknown()), {}),
      }),
    ),
    {},
  ),
});

export function readAssembly(directory: string): TemplateSource[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  const { artifacts } = v.parse(Manifest, read('manifest.json'));
  return Object.entries(artifacts).flatMap(([id, { type, properties }]): TemplateSource[] => {
    if (type === 'cdk:cloud-assembly')
      return readAssembly(join(directory, String(properties['directoryName'])));
    if (type !== 'aws:cloudformation:stack') return [];
    const assets = artifacts[`${id}.assets`]?.properties['file'];
    return [
      {
        stackName: String(properties['stackName'] ?? id),
        template: read(String(properties['templateFile'])),
        assets: assets === undefined ? { files: {} } : read(String(assets)),
        directory,
      },
    ];
  });
}
