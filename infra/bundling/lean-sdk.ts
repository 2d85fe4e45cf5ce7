/**
 * Bundles only the parts of the SDK that Weir's own clients need. functions/aws/lean-client.ts replaces parts of the two
 * clients at run time; this plugin leaves the replaced parts out of the bundle. Clients that a pipeline itself makes keep
 * the whole SDK, because Weir's files import copies of the modules, which a suffix distinguishes.
 *
 * A replacement exports every name that the SDK imports from the file. If a new version of the SDK needs more, the build fails.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import { without } from './leave-out.ts';

const SUFFIX = '?lean';
const RESOLVING = Symbol('leanSdk');
const LEAN = Symbol('lean');

/** Replacements by the end of a file's path: each function gets the text of the file and returns the new text. */
const REPLACED: readonly (readonly [RegExp, (text: string) => string])[] = [
  // functions/aws/aws-json.ts is the codec of both clients.
  [
    /@aws-sdk\/core\/dist-es\/submodules\/protocols\/index\.js$/,
    () => 'export const AwsJson1_0Protocol = undefined;',
  ],
  [/@aws-sdk\/dynamodb-codec\/dist-es\/index\.js$/, () => 'export class DynamoDBJsonCodec2 {}'],
  [
    /@smithy\/core\/dist-es\/submodules\/schema\/index\.js$/,
    () => `
      export class TypeRegistry { registerError() {} }
      export const NormalizedSchema = { of: () => ({ getEventStreamMember: () => '' }) };
      export const getSchemaSerdePlugin = () => ({ applyToStack() {} });
      export const deref = undefined, translateTraits = undefined;`,
  ],
  // This filter is only for a logger, which the lean clients do not have.
  [/\/smithy-client\/schemaLogFilter\.js$/, () => 'export const schemaLogFilter = () => undefined;'],
  // Only the name of an operation is used, not its input, output and errors.
  [/\/client-(sqs|dynamodb)\/dist-es\/schemas\/schemas_0\.js$/, onlyOperations],
  // functions/aws/endpoints.ts chooses endpoints. This middleware stays as a name relative to which others are placed.
  [
    /\/client-(sqs|dynamodb)\/dist-es\/endpoint\/endpointResolver\.js$/,
    () => 'export const defaultEndpointResolver = undefined;',
  ],
  [
    /\/middleware-endpoint\/endpointMiddleware\.js$/,
    () => 'export const bindEndpointMiddleware = () => () => (next) => next;',
  ],
  [/\/client\/util-endpoints\/aws\.js$/, () => 'export const awsEndpointFunctions = {};'],
  // Two objects that every call creates and almost none uses: an error for its stack trace, and a middleware stack, although
  // the composed one is cached.
  [/\/retryMiddleware\.js$/, (text) => text.replace('let lastError = new Error();', 'let lastError;')],
  [
    /\/smithy-client\/command\.js$/,
    (text) =>
      text.replace(
        'middlewareStack = constructStack();',
        'get middlewareStack() { return (this.stack ??= constructStack()); }',
      ),
  ],
  // functions/aws/lean-client.ts chooses how calls are signed, and functions/aws/signer.ts signs them.
  [
    /\/getHttpAuthSchemeEndpointRuleSetPlugin\.js$/,
    () => `
      export const httpAuthSchemeEndpointRuleSetMiddlewareOptions = undefined;
      export const getHttpAuthSchemeEndpointRuleSetPlugin = () => ({ applyToStack() {} });`,
  ],
  [
    /@smithy\/signature-v4\/dist-es\/index\.js$/,
    () => `
      export class SignatureV4 {
        sign() { throw new Error('a call of a path with other than letters, digits and -._~ cannot be signed'); }
      }`,
  ],
  // A function has no configuration files for the SDK and no instance metadata. All settings are environment variables.
  [
    /\/shared-ini-file-loader\/loadSharedConfigFiles\.js$/,
    () => `
      export const CONFIG_PREFIX_SEPARATOR = '.';
      export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  ],
  [
    /\/regionConfig\/getInstanceMetadataRegion\.js$/,
    () => 'export const getInstanceMetadataRegion = async () => undefined;',
  ],
];

export const leanSdk: Plugin = {
  name: 'weir-lean-sdk',
  setup({ onResolve, onLoad, resolve }) {
    const toCopy = async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
      const { path, importer, resolveDir, kind, with: attributes } = args;
      const options = { importer, resolveDir, kind, with: attributes, pluginData: RESOLVING };
      const found = await resolve(path, options);
      const isOfSdk = SDK.test(found.path) && found.namespace === 'file' && !found.external;
      return found.errors.length > 0 || !isOfSdk ? undefined : { ...found, suffix: SUFFIX };
    };
    onResolve({ filter: /^@aws-sdk\/client-(sqs|dynamodb)$/ }, (args) =>
      dirname(args.importer) === OWN && args.pluginData !== RESOLVING ? toCopy(args) : undefined,
    );
    onResolve({ filter: /^(\.|@aws-sdk\/|@smithy\/|@aws\/)/ }, (args) =>
      args.pluginData === LEAN ? toCopy(args) : undefined,
    );
    onLoad({ filter: SDK }, async ({ path, suffix }) => {
      if (suffix !== SUFFIX) return undefined;
      const text = await readFile(path, 'utf8');
      const replaced = REPLACED.find(([file]) => file.test(path.replaceAll('\\', '/')));
      const loader = path.endsWith('.json') ? 'json' : 'js';
      return {
        contents: replaced?.[1](text) ?? without(path, text),
        resolveDir: dirname(path),
        loader,
        pluginData: LEAN,
      };
    });
  },
};

function onlyOperations(text: string): string {
  const texts = new Map(
    [...text.matchAll(/^const (\w+) = ("[^"]*");$/gm)].map(([, name, value]) => [name, value]),
  );
  const operations = [...text.matchAll(/^export (?:var|const) (\w+\$) = \[9, \w+, (\w+),/gm)];
  return [
    'export const errorTypeRegistries = [];',
    ...operations.map(([, name, operation]) => `export const ${name} = [9, '', ${texts.get(operation)}];`),
  ].join('\n');
}

const SDK = /[/\\]node_modules[/\\](@aws-sdk|@smithy|@aws)[/\\]/;
/** The folder of Weir's files with AWS clients, as a full path, because a user may have a folder with the same name. */
const OWN = join(import.meta.dirname, '../../functions/aws');
