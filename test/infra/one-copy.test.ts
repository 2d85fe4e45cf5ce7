/** Two copies of the CDK's packages in one tree, as in a monorepo or with an older lock file. */
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { afterAll, describe, expect, test } from 'vitest';
import { assertOneCopy } from '../../infra/one-copy.ts';
import { WeirPipeline } from '../../infra/weir-pipeline.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-copies-')));
afterAll(() => rmSync(folder, { recursive: true }));

const require = createRequire(import.meta.url);
const ours = dirname(require.resolve('constructs/package.json'));

describe('a second copy', () => {
  test('of constructs is refused in a sentence with both paths, both versions and the way out', () => {
    const theirs = join(folder, 'node_modules/constructs');
    cpSync(ours, theirs, { recursive: true });
    const manifest = { ...require(join(ours, 'package.json')), version: '10.4.0' };
    writeFileSync(join(theirs, 'package.json'), JSON.stringify(manifest));
    const other: typeof import('constructs') = createRequire(join(folder, 'app.js'))('constructs');
    const site = new other.Construct(new other.RootConstruct('Site'), 'Meters');

    const make = () => new WeirPipeline(site, 'Energy', { entry: 'pipelines/energy.ts' });

    expect(make).toThrow(`Site/Meters/Energy: the app and Weir use two copies of constructs: `);
    expect(make).toThrow(`${ours} (${require(join(ours, 'package.json')).version})`);
    expect(make).toThrow(`${theirs} (10.4.0)`);
    expect(make).toThrow(/npm ls constructs shows .* then npm dedupe/);
  });

  test('of aws-cdk-lib is refused, with the versions where no path is known', () => {
    class OtherStack extends Construct {}
    Object.assign(OtherStack, {
      [Symbol.for('jsii.rtti')]: { fqn: 'aws-cdk-lib.Stack', version: '2.100.0' },
    });
    const stack = new OtherStack(new App(), 'Site');
    // The mark by which every copy of the CDK knows a stack.
    Object.defineProperty(stack, Symbol.for('@aws-cdk/core.Stack'), { value: true });

    const { version } = require('aws-cdk-lib/package.json');
    expect(() => assertOneCopy(new Construct(stack, 'Part'), 'Energy')).toThrow(
      `Site/Part/Energy: the app and Weir use two copies of aws-cdk-lib: versions 2.100.0 and ${version}. `,
    );
  });

  test('is not reported if there is only one', () => {
    expect(() => assertOneCopy(new Construct(new Stack(new App(), 'Site'), 'Part'), 'Energy')).not.toThrow();
  });
});
