/**
 * What every SDK client gets: three attempts, two seconds to connect and five for an answer, so that a call that hangs ends well
 * before its function does. A handler that is not told to throw only warns of a late answer, and waits on.
 */
export const clientDefaults = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;
