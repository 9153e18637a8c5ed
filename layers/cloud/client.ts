/**
 * The settings of every SDK client: three attempts, two seconds to connect and five for an answer, so that a hanging call ends well before its
 * function. Without `throwOnRequestTimeout` a handler only warns of a late answer, and waits on.
 */
export const clientDefaults = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;
