#!/usr/bin/env node
/**
 * The command. It checks the Node version first. Node itself also reads an --env-file among the arguments.
 */
import './check-node.mjs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { IS_CLONE } from './where-from.mjs';

// What Node compiles, or strips of its types, serves the next command, and the processes of this one. The folder is Weir's own:
// into a folder for temporary files, somebody else could put code first.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url));
module.enableCompileCache();
await import(IS_CLONE ? './weir.ts' : './weir.js');
