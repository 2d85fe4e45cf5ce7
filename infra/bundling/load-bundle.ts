/**
 * A process that loads one bundle, as Lambda does at a cold start, and reports the result. check-bundles.ts starts it in the
 * folder of the bundle, with the function's environment variables and nothing else of this machine.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LoadReport } from './check-bundles.ts';

const missing = new Set<string>();
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
process.send?.({ ...(failure && { failure }), missing: [...missing].reverse() } satisfies LoadReport, () =>
  process.exit(0),
);

async function load(): Promise<LoadReport['failure']> {
  try {
    const module: { readonly handler?: unknown } = await import(
      pathToFileURL(join(process.cwd(), 'index.mjs')).href
    );
    return typeof module.handler === 'function' ? undefined : { message: 'it exports no handler', stack: '' };
  } catch (error) {
    if (!(error instanceof Error)) return { message: `it threw ${JSON.stringify(error)}`, stack: '' };
    const { message, stack = '' } = error;
    return { message, stack, ...('code' in error && { code: String(error.code) }) };
  }
}
