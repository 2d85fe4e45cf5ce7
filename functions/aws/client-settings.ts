/**
 * How every AWS client of the functions behaves: a call fails rather than hangs. The SDK has no request timeout by
 * default, and an invocation that waits on a dead socket takes its whole batch along.
 * 3 attempts x 1.5 s and the waits between them stay below the margin that a function keeps of its timeout (limits.ts).
 */
export const CLIENT_SETTINGS = {
  // Nothing changes the clients' middleware after lean-client.ts did, so it is put together once for each kind of call, not for each call.
  cacheMiddleware: true,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
};
