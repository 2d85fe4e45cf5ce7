/**
 * Replaces, in bundles, parts of the SDK that a function never runs. Each entry says why. Parts that a documented setting could
 * turn on stay (docs/decisions/0015).
 *
 * A replacement exports every name that the SDK imports from the file. If a new version of the SDK needs more, the build fails.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

interface Replacement {
  readonly file: RegExp;
  readonly contents: (text: string) => string;
}

const MODULES = String.raw`[/\\]node_modules[/\\]`;

const replacements: readonly Replacement[] = [
  {
    // In Lambda the credentials are in the environment, so no other provider is needed.
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    file: moduleFile('@aws-sdk/credential-provider-node/dist-es/index.js'),
    contents: () => `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  },
  {
    // A cache for discovered endpoints. Every DynamoDB client makes one, but no command of DynamoDB uses it any more.
    file: moduleFile('@aws-sdk/endpoint-cache/dist-es/index.js'),
    contents: () => 'export class EndpointCache {}',
  },
  {
    // Only needed by a Node that was built without OpenSSL.
    file: moduleFile('@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js'),
    contents: () => 'export const Sha256Js = undefined;',
  },
  {
    // A client uses only the version in its package.json, for the user agent.
    file: moduleFile('@aws-sdk/client-[a-z0-9-]+/package.json'),
    contents: (text) => `{${/"version":\s*"[^"]+"/.exec(text)?.[0] ?? ''}}`,
  },
];

export const leaveOut: Plugin = {
  name: 'weir-leave-out',
  setup({ onLoad }) {
    for (const { file } of replacements) {
      onLoad({ filter: file }, async ({ path }) => ({
        contents: without(path, await readFile(path, 'utf8')),
        resolveDir: dirname(path),
        loader: path.endsWith('.json') ? 'json' : 'js',
      }));
    }
  },
};

/** The text of a file without the parts that no function runs. Most files are unchanged. */
export function without(path: string, text: string): string {
  return replacements.find(({ file }) => file.test(path))?.contents(text) ?? text;
}

/** `path` is a pattern for a file of a package, wherever the package is installed. */
function moduleFile(path: string): RegExp {
  return new RegExp(`${MODULES}${path.replaceAll('.', '\\.').replaceAll('/', String.raw`[/\\]`)}$`);
}
