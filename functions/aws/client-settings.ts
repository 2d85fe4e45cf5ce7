/**
 * The settings of every AWS client of the functions: a call fails and does not hang. The SDK has no request timeout by
 * default, and if an invocation waits on a dead socket, its whole batch comes back. 3 attempts x 1.5 s and the waits
 * between them stay below the margin that a function keeps of its timeout (limits.ts).
 */
export const CLIENT_SETTINGS = {
  // Nothing changes the clients' middleware after lean-client.ts did, so it is put together once for each kind of call, not for each call.
  cacheMiddleware: true,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
};
