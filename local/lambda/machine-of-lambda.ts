/**
 * What a function is told of its machine and its process, as on Lambda: the same on every machine. Loaded by the thread
 * of an execution environment before the bundle. The path of Node itself stays: a fold apart is started with it.
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
// For those that import the functions by their names.
syncBuiltinESMExports();
