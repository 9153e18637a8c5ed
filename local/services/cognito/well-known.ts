import type { ServerResponse } from 'node:http';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Directory, issuer } from './directory.ts';
import { sendJson } from './http.ts';
import type { Keys } from './keys.ts';

/** Whether a path lies below `/<pool id>/.well-known/` of a pool that exists. */
export function isWellKnown(directory: Directory, path: string): boolean {
  const [, poolId = '', folder] = path.split('/');
  return folder === '.well-known' && directory.pools.has(poolId);
}

/** A pool's public keys, and its description for OpenID clients. */
export async function wellKnown(
  { kernel, directory, keys }: { readonly kernel: Kernel; readonly directory: Directory; readonly keys: Keys },
  response: ServerResponse,
  path: string,
): Promise<void> {
  const [, poolId = '', , document] = path.split('/');
  if (document === 'jwks.json') return sendJson(response, 200, await keys.jwks(poolId));
  if (document !== 'openid-configuration') return sendJson(response, 404, { message: 'not found' });
  const domain = [...directory.domains].find(([, pool]) => pool === poolId)?.[0];
  const base = `${kernel.addresses.aws}/sign-in/${domain}`;
  sendJson(response, 200, {
    issuer: issuer(poolId),
    jwks_uri: `${kernel.addresses.aws}/${poolId}/.well-known/jwks.json`,
    authorization_endpoint: `${base}/oauth2/authorize`,
    token_endpoint: `${base}/oauth2/token`,
    userinfo_endpoint: `${base}/oauth2/userInfo`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    end_session_endpoint: `${base}/logout`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  });
}
