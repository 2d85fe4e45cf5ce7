/** The files of a new project, by path. Each is complete; existing files are kept. */
import { readFileSync } from 'node:fs';

export const PIPELINE_FILE = 'pipelines/readings.ts';
export const REQUESTS_FILE = 'requests.ndjson';

/** Only for projects that are not a CDK app yet. */
export const APP_FILES: Readonly<Record<string, string>> = {
  'cdk.json': cdkJson(),
  'infra/app.ts': `import { App, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { WeirPipeline } from 'weir-pipelines/infra';

class ReadingsStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new WeirPipeline(this, 'Readings', { entry: '${PIPELINE_FILE}' });
  }
}

new ReadingsStack(new App(), 'Sensors');
`,
};

/** Has the feature flags of Weir's own stacks, so that both produce the same template. */
function cdkJson(): string {
  return readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8');
}

export const FILES: Readonly<Record<string, string>> = {
  'tsconfig.json': `{
  "compilerOptions": {
    "target": "es2023",
    "module": "nodenext",
    "types": ["node"],
    "noEmit": true,
    "strict": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true
  },
  "include": ["infra", "pipelines", "test"]
}
`,
  [PIPELINE_FILE]: `import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

export default definePipeline({
  name: 'readings',
  request: v.object({ sensor: v.string(), day: v.number() }),

  // The slow part: many at once. A wait stands for the sensor at the end of a bad line.
  read: async ({ sensor, day }, { signal }) => {
    await wait(100 + ((day * 977) % 900), undefined, { signal });
    return Array.from({ length: 24 }, (_, hour) => ({ sensor, celsius: ((day * hour) % 30) - 5 }));
  },

  // The quick part: one at a time for each sensor, and exactly once in effect.
  key: (reading) => reading.sensor,
  initial: () => ({ count: 0, sum: 0 }),
  compute: (state, { celsius }) => ({ count: state.count + 1, sum: state.sum + celsius }),
});
`,
  'test/readings.test.ts': `import { expect, test } from 'vitest';
import { expectSound } from 'weir-pipelines/testing';
import readings from '../${PIPELINE_FILE}';

test('the sums are right, whatever fails', { timeout: 60_000 }, async () => {
  const { states } = await expectSound(readings, {
    requests: [1, 2, 3].map((day) => ({ sensor: 'roof', day })),
    read: ({ sensor, day }: { sensor: string; day: number }) => [{ sensor, celsius: day }],
  });
  expect(states.get('roof')).toEqual({ count: 3, sum: 6 });
});
`,
  [REQUESTS_FILE]: ['roof', 'cellar', 'garden']
    .flatMap((sensor) => [1, 2, 3, 4, 5, 6, 7].map((day) => `${JSON.stringify({ sensor, day })}\n`))
    .join(''),
  '.gitignore': 'node_modules\ncdk.out\n.weir\n',
};

export const SCRIPTS: Readonly<Record<string, string>> = {
  start: `weir run --pipeline ${PIPELINE_FILE} --requests-file ${REQUESTS_FILE}`,
  test: 'vitest run',
  typecheck: 'tsc',
  synth: 'cdk synth',
  deploy: 'cdk deploy',
};

/** The version of `weir-pipelines` is that of the running package. */
export const DEPENDENCIES: Readonly<Record<string, string>> = {
  'aws-cdk-lib': '^2.276.0',
  constructs: '^10.8.1',
  valibot: '^1.5.0',
};
export const DEV_DEPENDENCIES: Readonly<Record<string, string>> = {
  '@types/node': '^24.19.2',
  'aws-cdk': '2.1148.1',
  typescript: '^7.0.2',
  vitest: '^5.1.1',
};

/** esbuild works without its install script; npm warns about a script that is neither allowed nor refused. */
export const ALLOW_SCRIPTS: Readonly<Record<string, boolean>> = { esbuild: false };
