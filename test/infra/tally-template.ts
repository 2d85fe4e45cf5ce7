/** The template of test/infra/tally.ts, and the queries of the tests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { App, Stack } from 'aws-cdk-lib/core';
import * as v from 'valibot';
import type { Backfill } from '../../functions/backfill.ts';
import { capabilitiesOf } from '../../infra/capabilities.ts';
import { addChecks } from '../../infra/checks.ts';
import type { Feed } from '../../infra/feed.ts';
import type { WeirPipelineProps } from '../../infra/pipeline-props.ts';
import { PipelineStack } from '../../infra/pipeline-stack.ts';
import { contextOfCdkJson } from '../../infra/synthesize.ts';
import tally from './tally.ts';

export const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:on-call';
export const FEED: Feed = {
  bucket: { name: 'access-logs', prefix: 'site/' },
  events: { pattern: { source: ['shop'] }, body: { order: '$.detail.orderId', kind: 'order' } },
};

/** Of records, with every alarm that a feed has. */
export const feedOfRecords = (): Feed => {
  const sources = new Stack();
  return {
    topic: Topic.fromTopicArn(sources, 'Topic', 'arn:aws:sns:eu-central-1:123456789012:prices'),
    kinesis: Stream.fromStreamArn(
      sources,
      'Stream',
      'arn:aws:kinesis:eu-central-1:123456789012:stream/meters',
    ),
  };
};

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

export type TallyOptions = Partial<Omit<WeirPipelineProps, 'bundled' | 'entry' | 'identity'>> & {
  readonly validate?: boolean;
  readonly namesSources?: boolean;
  readonly wakes?: boolean;
  readonly backfill?: Backfill;
};

/** Bundles stand in as empty modules: what is in them is tested in bundle.test.ts. */
export function tallyTemplate(options: TallyOptions = {}) {
  const { validate = false, namesSources = false, wakes = false, backfill, ...props } = options;
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
    if (validate) addChecks(app);
    new PipelineStack(app, 'tally-test', {
      ...props,
      entry: 'tally.ts',
      bundled: {
        name: tally.name,
        limits: tally.limits,
        namesSources,
        wakes,
        writes: true,
        ...(backfill && { backfill }),
        bundles,
        feedBundle: emptyBundle(folder, 'feed'),
      },
    });
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

/** What a function may do: for each resource the actions, sorted. */
export function capabilitiesByResource(template: Tally, functionId: string): Record<string, string[]> {
  const byResource: Record<string, string[]> = {};
  for (const { function: id, action, resource } of capabilitiesOf(template)) {
    if (id === functionId) byResource[resource] = [...(byResource[resource] ?? []), action];
  }
  return byResource;
}

function emptyBundle(folder: string, name: string): string {
  const bundle = join(folder, name);
  mkdirSync(bundle);
  writeFileSync(join(bundle, 'index.mjs'), `// ${name}`);
  return bundle;
}
