/** A user's project in any folder. */
export const PIPELINE = `
import * as v from 'valibot';
import { definePipeline, PermanentError } from 'weir-pipelines';

export default definePipeline({
  name: 'temperatures',
  request: v.object({ room: v.string(), celsius: v.number() }),
  read: async ({ room, celsius }) => {
    if (room === 'nowhere') throw new PermanentError('no such room');
    return [{ room, celsius }];
  },
  key: (reading) => reading.room,
  initial: () => ({ count: 0, sum: 0 }),
  compute: (state, { celsius }) => ({ count: state.count + 1, sum: state.sum + celsius }),
});
`;

/** Its key stops at a reading that cannot be. Its types are all inferred, so that it is JavaScript as well. */
export const STRICT = PIPELINE.replace(
  'compute: (state, { celsius }) => ({ count: state.count + 1, sum: state.sum + celsius }),',
  `poison: 'stop',
  compute: (state, { celsius }) => {
    if (celsius < -273.15) throw new Error('below the absolute zero');
    return { count: state.count + 1, sum: state.sum + celsius };
  },`,
);

const APP = `
import { App, Stack } from 'aws-cdk-lib/core';
import { PipelineStack, WeirPipeline } from 'weir-pipelines/infra';

const app = new App({ analyticsReporting: false, outdir: 'cdk.out' });
new WeirPipeline(new Stack(app, 'Mine'), 'Temperatures', { entry: 'pipelines/temperatures.ts' });
new PipelineStack(app, 'Alone', { entry: 'pipelines/temperatures.ts' });
app.synth();
`;

export const TEST = `
import { expect, test } from 'vitest';
import { expectSound } from 'weir-pipelines/testing';
import temperatures from '../pipelines/temperatures.ts';

test('the sums are right, whatever fails', { timeout: 1_200_000 }, async () => {
  const requests = [{ room: 'a', celsius: 1 }, { room: 'a', celsius: 2 }];
  const { states } = await expectSound(temperatures, { requests, seeds: 10 });
  expect(states.get('a')).toEqual({ count: 2, sum: 3 });
});
`;

const TSCONFIG = {
  compilerOptions: {
    ...{ target: 'es2023', module: 'nodenext', types: ['node'], noEmit: true, strict: true },
    ...{ allowImportingTsExtensions: true, skipLibCheck: true },
  },
  include: ['infra', 'pipelines', 'test'],
};

export const REQUESTS = '{"room":"a","celsius":1}\n{"room":"b","celsius":2}\n{"room":"a","celsius":3}\n';

export const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "mine", "private": true, "type": "module" }',
  'tsconfig.json': JSON.stringify(TSCONFIG),
  'pipelines/temperatures.ts': PIPELINE,
  'infra/app.ts': APP,
  'test/temperatures.test.ts': TEST,
  'requests.ndjson': REQUESTS,
};
