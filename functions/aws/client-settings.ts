/**
 * The settings of every AWS client of the functions: a call fails instead of hanging. The SDK has no request timeout by
 * default, and an invocation that waits on a dead socket returns its whole batch. 3 attempts of 1.5 s and the waits between
 * them fit the margin that a function reserves of its timeout (limits.ts).
 */
export const CLIENT_SETTINGS = {
  // Only lean-client.ts changes the middleware of a client, so it is composed once per kind of call and not for each call.
  cacheMiddleware: true,
  maxAttempts: 3,
  // The other mode, adaptive, waits without a bound before a call.
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
};
