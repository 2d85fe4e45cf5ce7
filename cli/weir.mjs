#!/usr/bin/env node
/**
 * The command. It checks the Node version first. Node itself also reads an --env-file among the arguments.
 */
import './check-node.mjs';
import { IS_CLONE } from './where-from.mjs';

await import(IS_CLONE ? './weir.ts' : './weir.js');
