/**
 * Removes the parts of an SDK client that cost time at every call and have no use here, by its own middlewares and settings.
 * Retries, timeouts, errors, endpoints, credentials and the clock correction stay the SDK's (docs/decisions/0015). Call this
 * before the client's first call: a client composes its middlewares once (client-settings.ts).
 */
import type {
  $ClientProtocol,
  $OperationSchema,
  AuthScheme,
  AwsCredentialIdentity,
  Endpoint,
  HandlerExecutionContext,
  HttpRequest,
  HttpResponse,
  MetadataBearer,
  MiddlewareStack,
  RequestSigner,
  SerdeFunctions,
  UserAgent,
} from '@smithy/types';
import { isRecord } from '../json.ts';
import { createSigner } from './signer.ts';

type Protocol = $ClientProtocol<HttpRequest, HttpResponse>;

/** The settings of a client that are used here, after the client has completed them. */
interface Config extends SerdeFunctions {
  readonly protocol: Protocol;
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  readonly region: () => Promise<string>;
  readonly defaultUserAgentProvider: () => Promise<UserAgent>;
  signer: (scheme?: AuthScheme) => Promise<RequestSigner>;
}

export interface Leaning {
  /** The name of the service in a signature. */
  readonly service: 'sqs' | 'dynamodb';
  /** Names of middlewares. If the client lacks one, this fails at once, in tests as in a deployed function. */
  readonly without: readonly string[];
}

export function lean<Input extends object, Output extends MetadataBearer>(
  stack: MiddlewareStack<Input, Output>,
  config: Config,
  { service, without }: Leaning,
): void {
  for (const name of without) {
    if (!stack.remove(name)) throw new Error(`this SDK has no middleware ${name} to leave out`);
  }
  const { credentials, region, signer: other } = config;
  config.signer = createSigner(service, { credentials, region, other });
  writeOnce(stack, config);
  readOnce(stack, config);
}

/** Replaces the SDK's serializer, which copies all settings of the client and builds the user agent at each call. */
function writeOnce<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  config: Config,
): void {
  const userAgent = once(async () => (await config.defaultUserAgentProvider()).map(agentText).join(' '));
  stack.add(
    (next, context) => {
      const operation = operationOf(context);
      const endpoint = async () => toEndpoint(context);
      const serde = { ...config, ...context, endpoint };
      return async (args) => {
        const request = await config.protocol.serializeRequest(operation, args.input, serde);
        request.headers['user-agent'] = await userAgent();
        return next({ ...args, request });
      };
    },
    { name: 'serializerMiddleware', step: 'serialize', tags: ['SERIALIZER'], override: true },
  );
}

function readOnce<Input extends object, Output extends MetadataBearer>(
  stack: MiddlewareStack<Input, Output>,
  config: Config,
): void {
  stack.add(
    (next, context) => {
      const operation = operationOf(context);
      const serde = { ...config, ...context };
      return async (args) => {
        const { response } = await next(args);
        try {
          const output = await config.protocol.deserializeResponse(
            operation,
            serde,
            response as HttpResponse,
          );
          return { response, output: output as Output };
        } catch (error) {
          throw withResponse(error, response as HttpResponse);
        }
      };
    },
    { name: 'deserializerMiddleware', step: 'deserialize', tags: ['DESERIALIZER'], override: true },
  );
}

/** The endpoint that the SDK's rules chose for this call. */
function toEndpoint({ endpointV2 }: HandlerExecutionContext): Endpoint {
  if (endpointV2 === undefined) throw new Error('the SDK named no endpoint for this call');
  const { protocol, hostname, port, pathname: path } = endpointV2.url;
  const headers = Object.entries(endpointV2.headers ?? {}).map(([name, values]) => [name, values.join(', ')]);
  return {
    protocol,
    hostname,
    path,
    headers: Object.fromEntries(headers),
    ...(port === '' ? {} : { port: Number(port) }),
  };
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

/** The operation of a command from its schema: namespace, name, and the shapes of input and output. */
function operationOf(context: HandlerExecutionContext): $OperationSchema {
  const { __smithy_context: about }: Record<string, unknown> = { ...context };
  const schema = isRecord(about) ? about['operationSchema'] : undefined;
  if (!Array.isArray(schema)) throw new Error('a command of this SDK has no schema');
  const [, namespace, name, traits, input, output] = schema;
  return { namespace, name, traits, input, output };
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The SDK's form: `aws-sdk-js/3.1164.0`, `md/nodejs#24.1.0`. The list of used features is left out. */
function agentText([name, version]: UserAgent[number]): string {
  if (version === undefined) return name;
  return name.includes('/') ? `${name.toLowerCase()}#${version}` : `${name}/${version}`;
}
