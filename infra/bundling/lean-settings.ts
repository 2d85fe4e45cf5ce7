/**
 * Replacements for the SDK's code of settings that have no effect on Weir's own clients (lean-parts.ts). The settings with an
 * effect keep the SDK's code: region, FIPS, dual stack, AWS_ENDPOINT_URL, attempts, timeouts and clock correction.
 */
import { exporting, type Replacement, replacing } from './replacing.ts';

export const SETTINGS: readonly Replacement[] = [
  // functions/aws/signer.ts signs. All that it needs is a provider of credentials, which the environment has (leave-out.ts).
  [
    /\/httpAuthSchemes\/aws_sdk\/resolveAwsSdkSigV4Config\.js$/,
    () => `
      import { normalizeProvider } from '@smithy/core';
      const signer = async () => ({
        sign() { throw new Error('a path with characters other than letters, digits and -._~ cannot be signed'); },
      });
      export const bindResolveAwsSdkSigV4Config = (withoutCorrection) => (config) => Object.assign(config, {
        credentials: config.credentialDefaultProvider(config),
        systemClockOffset: config.systemClockOffset || 0,
        signer,
        disableClockSkewCorrection: normalizeProvider(config.disableClockSkewCorrection ?? withoutCorrection),
      });`,
  ],
  // Both services have one way to sign.
  [
    /\/client-(sqs|dynamodb)\/dist-es\/auth\/httpAuthSchemeProvider\.js$/,
    (text) =>
      `import { resolveAwsSdkSigV4Config } from '@aws-sdk/core/httpAuthSchemes';
      ${exporting({ resolveHttpAuthSchemeConfig: 'resolveAwsSdkSigV4Config' })(text)}`,
  ],
  [
    /\/aws_sdk\/NODE_AUTH_SCHEME_PREFERENCE_OPTIONS\.js$/,
    exporting({ NODE_AUTH_SCHEME_PREFERENCE_OPTIONS: '{}' }),
  ],
  // Calls go to the endpoint of the region, whichever account they are for, and no call discovers an endpoint.
  [
    /@aws-sdk\/core\/dist-es\/submodules\/account-id-endpoint\/index\.js$/,
    () => `
      export const NODE_ACCOUNT_ID_ENDPOINT_MODE_CONFIG_OPTIONS = {};
      export const resolveAccountIdEndpointModeConfig = (config) => config;`,
  ],
  [
    /@aws-sdk\/middleware-endpoint-discovery\/dist-es\/index\.js$/,
    () => `
      export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {};
      export const resolveEndpointDiscoveryConfig = (config) => config;`,
  ],
  // functions/aws/client-settings.ts sets the timeouts and the retry mode, which are all that a defaults mode sets.
  [
    /\/defaults-mode\/resolveDefaultsModeConfig\.js$/,
    exporting({ resolveDefaultsModeConfig: `() => async () => 'legacy'` }),
  ],
  [/\/smithy-client\/defaults-mode\.js$/, exporting({ loadConfigsForDefaultMode: '() => ({})' })],
  [/\/util-retry\/AdaptiveRetryStrategy\.js$/, exporting()],
  // functions/aws/lean-client.ts builds the user agent once, without the application's id.
  [
    /\/middleware-user-agent\/configurations\.js$/,
    exporting({ resolveUserAgentConfig: '(config) => config' }),
  ],
  [/\/util-user-agent-node\/nodeAppIdConfigOptions\.js$/, exporting({ NODE_APP_ID_CONFIG_OPTIONS: '{}' })],
  // The runtime of the functions is Node 24.
  [/\/emitWarningIfUnsupportedVersion\.js$/, exporting({ emitWarningIfUnsupportedVersion: '() => {}' })],
  // functions/aws/aws-json.ts reads answers, and only the signer of other services converts bytes, by fromUtf8.
  [
    /\/util-stream\/blob\/Uint8ArrayBlobAdapter\.js$/,
    exporting({ bindUint8ArrayBlobAdapter: '() => Object' }),
  ],
  [/\/util-stream\/stream-collector\.js$/, exporting()],
  [/\/serde\/(util-base64\/(toBase64|fromBase64)|util-utf8\/toUtf8)\.js$/, exporting()],
  // Of all formats of dates only that of the header Retry-After is read. Date reads it, and returns an invalid date for others.
  [/\/serde\/date-utils\.js$/, exporting({ parseRfc7231DateTime: '(text) => new Date(text)' })],
  // A function has no configuration files for the SDK and no instance metadata. All settings are environment variables.
  [
    /\/node-config-provider\/fromSharedConfigFiles\.js$/,
    () => `
      import { CredentialsProviderError } from '../property-provider/CredentialsProviderError';
      export const fromSharedConfigFiles = () => async () => { throw new CredentialsProviderError('no files'); };`,
  ],
  [
    /\/regionConfig\/getInstanceMetadataRegion\.js$/,
    exporting({ getInstanceMetadataRegion: 'async () => undefined' }),
  ],
  // functions/aws/endpoints.ts chooses endpoints.
  [
    /\/client-(sqs|dynamodb)\/dist-es\/endpoint\/EndpointParameters\.js$/,
    exporting({ resolveClientEndpointParameters: '(config) => config', commonParams: '{}' }),
  ],
  [/\/adaptors\/toEndpointV1\.js$/, exporting()],
  [/\/transport\/parseUrl\.js$/, exporting()],
  // The body of a call is a string, and a call has no query.
  [/\/calculateBodyLength\.js$/, exporting({ calculateBodyLength: '(body) => Buffer.byteLength(body)' })],
  [/\/isStreamingPayload\.js$/, exporting({ isStreamingPayload: '() => false' })],
  [/\/buildQueryString\.js$/, exporting({ buildQueryString: `() => ''` })],
  // functions/aws/dynamo-state-store.ts removes this middleware by name. The client of SQS keeps it.
  [
    /\/client-dynamodb\/dist-es\/DynamoDBClient\.js$/,
    replacing(
      'getRecursionDetectionPlugin(this.config)',
      `{ applyToStack: (stack) => stack.add((next) => next, { step: 'build', name: 'recursionDetectionMiddleware' }) }`,
    ),
  ],
];
