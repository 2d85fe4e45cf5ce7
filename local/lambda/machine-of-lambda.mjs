// @ts-check
/**
 * What a function sees of its machine and process, the same on every machine, as on Lambda. The thread of an
 * execution environment loads this before the bundle. The path of Node stays, because a separate fold process
 * is started with it.
 */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const HOME = '/home/sbx_user1051';

process.argv = ['/var/lang/bin/node', '/var/runtime/index.mjs'];

Object.assign(os, {
  hostname: () => '169.254.0.1',
  homedir: () => HOME,
  tmpdir: () => process.env['TMPDIR'] ?? '/tmp',
  userInfo: () => ({ username: 'sbx_user1051', uid: 993, gid: 990, homedir: HOME, shell: '/sbin/nologin' }),
});
// For modules that import these functions by name.
syncBuiltinESMExports();
