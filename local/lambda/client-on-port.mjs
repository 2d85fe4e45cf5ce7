// @ts-check
/**
 * Weir's clients in a function's thread call the gateway through a message port. To the SDK the port is a connection: answers,
 * timeouts, aborts and cut connections look as over HTTP (test/local/gateway/function-port.test.ts compares the two). Calls
 * to any other host, and the clients that a pipeline makes itself, use HTTP.
 */

/** @import { MessagePort } from 'node:worker_threads' */
/** @import { HttpHandlerOptions, HttpRequest, HttpResponse } from '@smithy/types' */
/** @import { ClientConfig } from '../../functions/aws/lean-client.ts' */
/** @import { FromFunction, ToFunction } from '../gateway/function-port.ts' */
/** @import { GatewayDoor } from './thread-messages.ts' */
/** @typedef {{ response: HttpResponse }} Answered */
/** @typedef {{ target: string, end: () => void, resolve: (answer: Answered) => void, reject: (error: unknown) => void }} Waiting */

/**
 * Must be called before the bundle makes its clients.
 *
 * @param {GatewayDoor} door
 */
export function callThroughPort({ port, url, adaptClient, requestTimeoutMs }) {
  const { hostname, port: number } = new URL(url);
  /** @param {HttpRequest} request */
  const isForGateway = (request) => request.hostname === hostname && request.port === Number(number);
  const ask = createAsk(port, requestTimeoutMs);
  /** @param {ClientConfig} config */
  const adapt = (config) => {
    const { requestHandler, signer, credentials } = config;
    const overHttp = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = (request, options) =>
      isForGateway(request) ? ask(request, options) : overHttp(request, options);
    config.signer = async (scheme) => {
      const own = await signer(scheme);
      return {
        sign: async (request, options) =>
          isForGateway(request)
            ? named(request, (await credentials()).accessKeyId)
            : own.sign(request, options),
      };
    };
  };
  Reflect.set(globalThis, Symbol.for(adaptClient), adapt);
}

/**
 * The gateway reads only the access key of a signature.
 *
 * @param {HttpRequest} request
 * @param {string} accessKeyId
 * @returns {HttpRequest}
 */
function named(request, accessKeyId) {
  return { ...request, headers: { ...request.headers, authorization: `Credential=${accessKeyId}/` } };
}

/**
 * @param {MessagePort} port
 * @param {number} timeoutMs
 */
function createAsk(port, timeoutMs) {
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let last = 0;
  /** @param {FromFunction} said */
  const say = (said) => port.postMessage(said);
  /** @param {number} id */
  const take = (id) => {
    const call = waiting.get(id);
    if (waiting.delete(id) && waiting.size === 0) port.unref();
    return call;
  };
  port.on('message', (/** @type {ToFunction} */ said) => {
    const call = take(said.id);
    if (call === undefined) return;
    call.end();
    if (said.kind === 'cut') return call.reject(lost('socket hang up', 'ECONNRESET'));
    const { id, status: statusCode, headers, body } = said;
    if (call.target === 'AmazonSQS.ReceiveMessage') say({ kind: 'read', id });
    call.resolve({ response: { statusCode, headers: { ...headers }, body } });
  });
  // As with a socket, only a call that waits keeps the thread alive.
  port.unref();

  /**
   * @param {HttpRequest} request
   * @param {HttpHandlerOptions} [options]
   * @returns {Promise<Answered>}
   */
  return ({ headers, body }, { abortSignal, requestTimeout = timeoutMs } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers();
    const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    if (signal?.aborted) return Promise.reject(aborted(signal));
    last += 1;
    const id = last;
    const end = limit({ signal, timeoutMs: requestTimeout }, (error) => {
      if (take(id) === undefined) return;
      say({ kind: 'gone', id });
      reject(error);
    });
    const { 'x-amz-target': target = '', authorization = '' } = headers;
    if (waiting.size === 0) port.ref();
    waiting.set(id, { target, end, resolve, reject });
    say({ kind: 'call', id, target, authorization, body: String(body) });
    return promise;
  };
}

/**
 * Returns the function that ends the limits.
 *
 * @param {{ signal: AbortSignal | undefined, timeoutMs: number }} limits
 * @param {(error: Error) => void} giveUp
 */
function limit({ signal, timeoutMs }, giveUp) {
  const onAbort = () => {
    end();
    giveUp(aborted(signal));
  };
  const timer = setTimeout(() => {
    end();
    giveUp(lost(`a request has exceeded the configured ${timeoutMs} ms requestTimeout.`, 'ETIMEDOUT'));
  }, timeoutMs);
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return end;
}

/**
 * The error that the SDK's own handler throws when a connection is cut or a call takes too long. The SDK retries both.
 *
 * @param {string} message
 * @param {'ECONNRESET' | 'ETIMEDOUT'} code
 */
function lost(message, code) {
  return Object.assign(new Error(message), { name: 'TimeoutError', code });
}

/** @param {AbortSignal | undefined} signal */
function aborted(signal) {
  return Object.assign(new Error('Request aborted', { cause: signal?.reason }), { name: 'AbortError' });
}
