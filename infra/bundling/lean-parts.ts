/**
 * Replacements for files of the SDK, for Weir's own clients. A replacement exports every name that the rest of the SDK
 * imports from the file. If a new version of the SDK needs more, the build fails. test/functions/aws/lean-client.test.ts
 * runs the bundled clients.
 */

import { SETTINGS } from './lean-settings.ts';
import { type Replacement, replacing } from './replacing.ts';

/** The text that replaces the text of a file; undefined if the file stays as it is. */
export function leanText(path: string, text: string): string | undefined {
  const file = path.replaceAll('\\', '/');
  return REPLACED.find(([pattern]) => pattern.test(file))?.[1](text);
}

const CALLS: readonly Replacement[] = [
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
      export const deref = undefined;
      export const translateTraits = undefined;`,
  ],
  // This filter is only for a logger, which the lean clients do not have.
  [/\/smithy-client\/schemaLogFilter\.js$/, () => 'export const schemaLogFilter = () => undefined;'],
  // Only the name of an operation is used, not its input, output and errors.
  [/\/client-(sqs|dynamodb)\/dist-es\/schemas\/schemas_0\.js$/, onlyOperations],
  // functions/aws/endpoints.ts chooses endpoints. This middleware stays, without effect, because others are placed next to it.
  [
    /\/client-(sqs|dynamodb)\/dist-es\/endpoint\/endpointResolver\.js$/,
    () => 'export const defaultEndpointResolver = undefined;',
  ],
  [
    /\/middleware-endpoint\/endpointMiddleware\.js$/,
    () => 'export const bindEndpointMiddleware = () => () => (next) => next;',
  ],
  [
    /\/adaptors\/getEndpointFromInstructions\.js$/,
    () => `
      export const bindGetEndpointFromInstructions = () => undefined;
      export const resolveParams = undefined;`,
  ],
  // functions/aws/lean-client.ts removes these two middlewares by name.
  [
    /\/middleware-user-agent\/user-agent-middleware\.js$/,
    () => `
      export const userAgentMiddleware = undefined;
      export const getUserAgentMiddlewareOptions = undefined;
      export const getUserAgentPlugin = () => ({
        applyToStack: (stack) => stack.add((next) => next, { step: 'build', name: 'getUserAgentMiddleware' }),
      });`,
  ],
  [
    /\/middleware-logger\/loggerMiddleware\.js$/,
    () => `
      export const loggerMiddleware = undefined;
      export const loggerMiddlewareOptions = undefined;
      export const getLoggerPlugin = () => ({
        applyToStack: (stack) => stack.add((next) => next, { step: 'initialize', name: 'loggerMiddleware' }),
      });`,
  ],
  // Checksums of messages are off, and the signer uses Node's own hash.
  [
    /@smithy\/core\/dist-es\/submodules\/checksum\/index\.js$/,
    () => `
      export const Md5 = undefined;
      export const Sha256 = undefined;
      export const Crc32 = undefined;`,
  ],
  // A client takes extensions from its settings, and Weir sets none.
  [
    /\/client-(sqs|dynamodb)\/dist-es\/runtimeExtensions\.js$/,
    () => 'export const resolveRuntimeExtensions = (config) => config;',
  ],
  // Checksums of messages are off. The middleware of the queue's URL is removed by name: functions/aws/sqs.ts looks at the URL.
  [
    /@aws-sdk\/middleware-sdk-sqs\/dist-es\/index\.js$/,
    () => `
      const none = { applyToStack() {} };
      export const getReceiveMessagePlugin = () => none, getSendMessagePlugin = () => none, getSendMessageBatchPlugin = () => none;
      export const resolveQueueUrlConfig = (config) => config;
      export const getQueueUrlPlugin = () => ({
        applyToStack: (stack) => stack.add((next) => next, { step: 'serialize', name: 'queueUrlMiddleware' }),
      });`,
  ],
  // Every call creates two objects that it almost never uses: an error for its stack trace, and a middleware stack, although
  // the composed stack is cached.
  [/\/retryMiddleware\.js$/, replacing('let lastError = new Error();', 'let lastError;')],
  [
    /\/smithy-client\/command\.js$/,
    replacing(
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
];

/** What Weir's own files import from the clients. If a file imports more, the build fails. */
export const IMPORTED: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /@aws-sdk\/client-dynamodb\/dist-es\/index\.js$/,
    [
      'ConditionalCheckFailedException',
      'DeleteItemCommand',
      'DynamoDBClient',
      'DynamoDBServiceException',
      'GetItemCommand',
      'PutItemCommand',
      'QueryCommand',
      'TransactionCanceledException',
      'TransactionConflictException',
      'TransactWriteItemsCommand',
    ],
  ],
  [
    /@aws-sdk\/client-sqs\/dist-es\/index\.js$/,
    [
      'ChangeMessageVisibilityCommand',
      'DeleteMessageBatchCommand',
      'ReceiveMessageCommand',
      'SendMessageBatchCommand',
      'SQSClient',
      'SQSServiceException',
    ],
  ],
  [/@smithy\/signature-v4\/dist-es\/index\.js$/, ['SignatureV4']],
];

/** By the end of a file's path. */
export const REPLACED: readonly Replacement[] = [...CALLS, ...SETTINGS];

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
