/** The compute function of a pipeline with a shadow: the handler of ../handler.ts, which also compares its commits. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../aws/clock.ts';
import { createShadowStore } from '../../aws/dynamo-shadows.ts';
import { ENV, requireEnv } from '../../env.ts';
import { SHADOW_MS_MAX } from '../../limits.ts';
import type { Pipeline } from '../../pipeline.ts';
import type { Observe } from '../../ports.ts';
import { createHandler } from '../handler.ts';
import { createShadow, type Shadow } from './shadow.ts';
import { type LoadShadow, serveShadow } from './shadow-child.ts';
import { createShadowProcess } from './shadow-process.ts';

/** `entry` is the URL of the bundle. Only the shadow's own process loads the shadow's code. */
export async function createShadowedHandler(pipeline: Pipeline, load: LoadShadow, entry: string) {
  await serveShadow(pipeline, load, systemClock);
  const make = (client: DynamoDBClient, tableName: string, observe: Observe): Shadow =>
    createShadow({
      percent: Number(requireEnv(ENV.shadowPercent)),
      code: requireEnv(ENV.shadowCode),
      msMax: Number(process.env[ENV.shadowMsMax] ?? SHADOW_MS_MAX),
      run: createShadowProcess(new URL(entry), pipeline.limits),
      store: createShadowStore(client, tableName),
      clock: systemClock,
      observe,
    });
  return createHandler(pipeline, make);
}
