import { createHash } from 'node:crypto';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';

/** The password policy of a user pool. */
export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly lowercase: boolean;
  readonly uppercase: boolean;
  readonly numbers: boolean;
  readonly symbols: boolean;
}

export interface Pool {
  readonly id: string;
  readonly arn: string;
  readonly policy: PasswordPolicy;
}

/** A public client: authorization code with PKCE, no secret. Lifetimes are in seconds. */
export interface PoolClient {
  readonly id: string;
  readonly poolId: string;
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
  readonly scopes: readonly string[];
  readonly accessTokenSeconds: number;
  readonly idTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly rotation: { readonly graceSeconds: number } | undefined;
}

/** Pools, clients and domains, as the template declares them. */
export interface Directory {
  readonly pools: Map<string, Pool>;
  readonly clients: Map<string, PoolClient>;
  /** Domain prefix → pool id. */
  readonly domains: Map<string, string>;
  /** E-mails of the users that the template names. */
  readonly accounts: Set<string>;
}

export function createDirectory(): Directory {
  return { pools: new Map(), clients: new Map(), domains: new Map(), accounts: new Set() };
}

/** `<region>_<9 characters>`, the same for the same place in the template: verifiers parse the region out of it. */
export function poolId(at: string): string {
  return `${REGION}_${shortHash(`pool ${at}`, 9)}`;
}

export function clientId(at: string): string {
  return shortHash(`client ${at}`, 26);
}

export function poolArn(id: string): string {
  return `arn:aws:cognito-idp:${REGION}:${ACCOUNT}:userpool/${id}`;
}

export function issuer(id: string): string {
  return `https://cognito-idp.${REGION}.amazonaws.com/${id}`;
}

export function requirePool(directory: Directory, id: string): Pool {
  const pool = directory.pools.get(id);
  if (pool !== undefined) return pool;
  throw new AwsError('ResourceNotFoundException', `User pool ${id} does not exist.`);
}

function shortHash(text: string, length: number): string {
  const digits = '0123456789abcdefghijklmnopqrstuvwxyz';
  const bytes = createHash('sha512').update(text).digest();
  return [...bytes.subarray(0, length)].map((byte) => digits[byte % digits.length]).join('');
}
