import type { Principal } from '../../local/kernel/iam.ts';
import type { Bench } from './support.ts';

/** Runs `work` with the variables that a function of `principal` has, by which `layers/cloud` finds endpoint and credentials, and `variables`. */
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
