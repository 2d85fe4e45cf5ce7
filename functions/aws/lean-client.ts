/**
 * Replaces or removes the parts of an SDK client that cost time at every call or size in every bundle and have no use here, by
 * its own middlewares and settings. Retries, timeouts, credentials and the clock correction stay the SDK's
 * (docs/decisions/0015). Call this before the client's first call: a client composes its middlewares once (client-settings.ts).
 */
import type {
  AuthScheme,
  AwsCredentialIdentity,
  HandlerExecutionContext,
  HttpAuthScheme,
  HttpHandlerOptions,
  HttpRequest,
  HttpResponse,
  MetadataBearer,
  MiddlewareStack,
  RequestSigner,
  SerializeMiddleware,
  UserAgent,
} from '@smithy/types';
import { isRecord } from '../json.ts';
import { decodeAnswer, encodeInput, type Wire } from './aws-json.ts';
import { createSigner } from './signer.ts';

/**
 * The local run puts a function under the symbol of this name in the global scope. It gets the settings of each client, and changes how
 * calls reach the gateway in its own process (local/lambda/client-on-port.mjs). On AWS nothing is there.
 */
export const ADAPT_CLIENT = 'weir.adaptClient';

/** The settings of a client that are used here, after the client has completed them. */
export interface ClientConfig {
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  readonly region: () => Promise<string>;
  readonly defaultUserAgentProvider: () => Promise<UserAgent>;
  /** Ways to authenticate, of which both services have one. */
  readonly httpAuthSchemes: readonly HttpAuthScheme[];
  signer: (scheme?: AuthScheme) => Promise<RequestSigner>;
  readonly requestHandler: {
    handle(request: HttpRequest, options?: HttpHandlerOptions): Promise<{ response: HttpResponse }>;
  };
}

export interface Leaning {
  /** The name of the service in a signature. */
  readonly service: 'sqs' | 'dynamodb';
  readonly wire: Wire;
  /** The endpoint of a call. */
  readonly placeOf: (input: object) => URL | Promise<URL>;
  /** Names of middlewares. If the client lacks one, this fails at once, in tests as in a deployed function. */
  readonly without: readonly string[];
}

export function lean<Input extends object, Output extends MetadataBearer>(
  stack: MiddlewareStack<Input, Output>,
  config: ClientConfig,
  { service, wire, placeOf, without }: Leaning,
): void {
  for (const name of without) {
    if (!stack.remove(name)) throw new Error(`this SDK has no middleware ${name} to leave out`);
  }
  const { credentials, region, signer: other } = config;
  config.signer = createSigner(service, { credentials, region, other });
  chooseOnce(stack, config);
  writeOnce(stack, config, { wire, placeOf });
  readOnce(stack, wire);
  const adapt: unknown = Reflect.get(globalThis, Symbol.for(ADAPT_CLIENT));
  if (typeof adapt === 'function') adapt(config);
}

/** Replaces the SDK's choice of a way to sign, which reads the credentials at each call. There is only one way to sign. */
function chooseOnce<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  config: ClientConfig,
): void {
  const [scheme] = config.httpAuthSchemes;
  if (scheme === undefined || config.httpAuthSchemes.length > 1) {
    throw new Error('this SDK signs the calls of a service in more than one way');
  }
  const { schemeId, signer } = scheme;
  const choose: SerializeMiddleware<Input, Output> = (next, context) => {
    const { __smithy_context: about }: Record<string, unknown> = { ...context };
    if (!isRecord(about)) throw new Error('a command of this SDK has no context');
    return async (args) => {
      // The SDK's clock correction stores the time of the call in these properties.
      const httpAuthOption = { schemeId, signingProperties: { config, context } };
      about['selectedHttpAuthScheme'] = { httpAuthOption, signer };
      return next(args);
    };
  };
  const name = 'httpAuthSchemeMiddleware';
  stack.addRelativeTo(choose, {
    name,
    relation: 'before',
    toMiddleware: 'endpointV2Middleware',
    override: true,
  });
}

/** Replaces the SDK's serializer, which copies all settings of the client and builds the user agent at each call. */
function writeOnce<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  config: ClientConfig,
  { wire, placeOf }: Pick<Leaning, 'wire' | 'placeOf'>,
): void {
  const userAgent = once(async () => (await config.defaultUserAgentProvider()).map(agentText).join(' '));
  stack.add(
    (next, context) => {
      const operation = operationOf(context);
      const headers = { 'content-type': 'application/x-amz-json-1.0', ...wire.headers };
      const target = `${wire.target}.${operation}`;
      return async (args) => {
        const { protocol, hostname, port, pathname } = await placeOf(args.input);
        const request: HttpRequest = {
          method: 'POST',
          protocol,
          hostname,
          ...(port === '' ? {} : { port: Number(port) }),
          path: pathname,
          query: {},
          headers: { ...headers, 'x-amz-target': target, 'user-agent': await userAgent() },
          body: encodeInput(operation, args.input, wire),
        };
        return next({ ...args, request });
      };
    },
    { name: 'serializerMiddleware', step: 'serialize', tags: ['SERIALIZER'], override: true },
  );
}

function readOnce<Input extends object, Output extends MetadataBearer>(
  stack: MiddlewareStack<Input, Output>,
  wire: Wire,
): void {
  stack.add(
    (next) => async (args) => {
      const { response } = await next(args);
      try {
        const output = await decodeAnswer(response as HttpResponse, wire);
        return { response, output: output as Output };
      } catch (error) {
        throw withResponse(error, response as HttpResponse);
      }
    },
    { name: 'deserializerMiddleware', step: 'deserialize', tags: ['DESERIALIZER'], override: true },
  );
}

/** Adds the response to an error, as the SDK does: it has the server's time, and when to retry. */
function withResponse(error: unknown, response: HttpResponse): unknown {
  if (!(error instanceof Error)) return error;
  Object.defineProperty(error, '$response', { value: response, enumerable: false });
  const { statusCode: httpStatusCode, headers } = response;
  if (!('$metadata' in error)) {
    Object.assign(error, { $metadata: { httpStatusCode, requestId: headers['x-amzn-requestid'] } });
  }
  return error;
}

/** The name of a command's operation, from its schema. */
function operationOf(context: HandlerExecutionContext): string {
  const { __smithy_context: about }: Record<string, unknown> = { ...context };
  const schema = isRecord(about) ? about['operationSchema'] : undefined;
  const name: unknown = Array.isArray(schema) ? schema[2] : undefined;
  if (typeof name !== 'string') throw new Error('a command of this SDK has no schema');
  return name;
}

/** Keeps the first value. After a failure, the next call tries again. */
export function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** The SDK's form: `aws-sdk-js/3.1164.0`, `md/nodejs#24.1.0`. The list of used features is left out. */
function agentText([name, version]: UserAgent[number]): string {
  if (version === undefined) return name;
  return name.includes('/') ? `${name.toLowerCase()}#${version}` : `${name}/${version}`;
}
