import type { Principal } from '../../local/kernel/iam.ts';
import type { Bench } from './support.ts';

/**
 * Runs `work` with `variables` and with the variables of a function of `principal`: `layers/cloud` finds the endpoint and the credentials by them.
 */
export async function actingAs<T>(
  bench: Bench,
  principal: Principal,
  work: () => Promise<T>,
  variables: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { endpoint, region, credentials } = bench.client(principal);
  const before = process.env;
  process.env = {
    ...before,
    ...variables,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
  try {
    return await work();
  } finally {
    process.env = before;
  }
}
