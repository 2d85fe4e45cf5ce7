// @ts-check
/**
 * A process that loads one bundle, as Lambda does at a cold start, and reports the result. check-bundles.ts starts it in the
 * folder of the bundle, with the function's environment variables and nothing else of this machine.
 *
 * It is JavaScript: for TypeScript, Node would load a compiler in each of the three processes, 45 ms of processor time each.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @import { LoadReport } from './check-bundles.ts' */

/** @type {Set<string>} */
const missing = new Set();
const variables = process.env;
process.env = new Proxy(variables, {
  get(target, name) {
    if (typeof name === 'string' && !(name in target)) {
      missing.delete(name);
      missing.add(name);
    }
    return Reflect.get(target, name);
  },
});

const failure = await load();
/** @satisfies {LoadReport} */
const report = { ...(failure && { failure }), missing: [...missing].reverse() };
process.send?.(report, () => process.exit(0));

/** @returns {Promise<LoadReport['failure']>} */
async function load() {
  try {
    const module = await import(pathToFileURL(join(process.cwd(), 'index.mjs')).href);
    return typeof module.handler === 'function' ? undefined : { message: 'it exports no handler', stack: '' };
  } catch (error) {
    if (!(error instanceof Error)) return { message: `it threw ${JSON.stringify(error)}`, stack: '' };
    const { message, stack = '' } = error;
    return { message, stack, ...('code' in error && { code: String(error.code) }) };
  }
}
