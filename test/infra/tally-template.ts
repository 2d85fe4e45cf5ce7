/** The template of test/infra/tally.ts, and what the tests ask of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import * as v from 'valibot';
import { checkSettings } from '../../infra/check-settings.ts';
import { PipelineStack } from '../../infra/pipeline-stack.ts';
import { deriveSettings, type SettingsOverride } from '../../infra/settings.ts';
import { contextOfCdkJson } from '../../infra/synthesize.ts';
import type { WeirPipelineProps } from '../../infra/weir-pipeline.ts';
import tally from './tally.ts';

const Resource = v.object({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
  DeletionPolicy: v.optional(v.string()),
  UpdateReplacePolicy: v.optional(v.string()),
});
const Template = v.object({
  Resources: v.record(v.string(), Resource),
  Outputs: v.record(v.string(), v.unknown()),
});
type Resource = v.InferOutput<typeof Resource>;

export type TallyOptions = Partial<Omit<WeirPipelineProps, 'settings' | 'bundles'>> & {
  readonly settings?: SettingsOverride;
  readonly validate?: boolean;
};

/** Bundles stand in as empty modules: what is in them is tested in bundle.test.ts. */
export function tallyTemplate({ settings, validate = false, ...props }: TallyOptions = {}) {
  const derived = deriveSettings(tally.limits, settings ?? {});
  checkSettings(derived, tally.limits, 'tally');
  const folder = mkdtempSync(join(tmpdir(), 'weir-infra-'));
  try {
    const app = new App({
      context: contextOfCdkJson(),
      outdir: join(folder, 'cdk.out'),
      analyticsReporting: false,
      builtinCloudFormationValidation: validate,
    });
    const bundles = {
      reader: emptyBundle(folder, 'reader'),
      compute: emptyBundle(folder, 'compute'),
      writer: emptyBundle(folder, 'writer'),
    };
    new PipelineStack(app, 'tally-test', { ...props, settings: derived, bundles });
    return v.parse(Template, app.synth().getStackByName('tally-test').template);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Tally = ReturnType<typeof tallyTemplate>;

export function resourcesOf(template: Tally, type: string): Record<string, Resource> {
  return Object.fromEntries(
    Object.entries(template.Resources).filter(([, resource]) => resource.Type === type),
  );
}

export function propertiesOf(template: Tally, id: string): Record<string, unknown> {
  const resource = template.Resources[id];
  if (resource === undefined) throw new Error(`no ${id} among ${Object.keys(template.Resources).join(', ')}`);
  return resource.Properties;
}

const Statement = v.object({
  Effect: v.literal('Allow'),
  Action: v.union([v.string(), v.array(v.string())]),
  Resource: v.unknown(),
});
const Policies = v.array(v.object({ PolicyDocument: v.object({ Statement: v.array(Statement) }) }));

/** What a role may do: for each resource the actions, both as plain text and sorted. */
export function capabilitiesOf(template: Tally, roleId: string): Record<string, string[]> {
  const capabilities: Record<string, string[]> = {};
  for (const { PolicyDocument } of v.parse(Policies, propertiesOf(template, roleId)['Policies'])) {
    for (const { Action, Resource } of PolicyDocument.Statement) {
      for (const resource of Array.isArray(Resource) ? Resource : [Resource]) {
        const name = plain(resource);
        capabilities[name] = [...(capabilities[name] ?? []), ...[Action].flat()].sort();
      }
    }
  }
  return capabilities;
}

/** `{"Fn::GetAtt":["StateTable","Arn"]}` as `StateTable.Arn`, joins as their text. */
function plain(value: unknown): string {
  const text = v.safeParse(v.string(), value);
  if (text.success) return text.output;
  const attribute = v.safeParse(v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }), value);
  if (attribute.success) return attribute.output['Fn::GetAtt'].join('.');
  const reference = v.safeParse(v.object({ Ref: v.string() }), value);
  if (reference.success) return reference.output.Ref;
  const join = v.parse(v.object({ 'Fn::Join': v.tuple([v.string(), v.array(v.unknown())]) }), value);
  const [separator, parts] = join['Fn::Join'];
  return parts.map(plain).join(separator);
}

function emptyBundle(folder: string, name: string): string {
  const bundle = join(folder, name);
  mkdirSync(bundle);
  writeFileSync(join(bundle, 'index.mjs'), `// ${name}`);
  return bundle;
}
