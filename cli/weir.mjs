#!/usr/bin/env node
/** The command: asks for the right Node first. Node reads an --env-file among the arguments itself as well. */
import './check-node.mjs';
import { IS_CLONE } from './where-from.mjs';

await import(IS_CLONE ? './weir.ts' : './weir.js');
