import {
  AdminCreateUserCommand,
  type AdminCreateUserCommandInput,
  AdminGetUserCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { GantryError } from '@gantry/contract/errors.ts';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleFetcher } from 'aws-jwt-verify/https';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { clientDefaults } from './client.ts';
import { environment } from './environment.ts';
import { available, awsErrorName } from './failures.ts';

const cognito = new CognitoIdentityProviderClient(clientDefaults);

/**
 * The verified e-mail address of a user of the pool, in lower case; undefined for an unverified one. Throws Unauthenticated when the user was
 * deleted.
 */
export async function verifiedEmail(username: string): Promise<string | undefined> {
  const user = await ofAccount(() =>
    cognito.send(new AdminGetUserCommand({ UserPoolId: environment('USER_POOL_ID'), Username: username })),
  );
  const attributes = new Map(user.UserAttributes?.map((attribute) => [attribute.Name, attribute.Value]));
  return attributes.get('email_verified') === 'true' ? attributes.get('email')?.toLowerCase() : undefined;
}

/**
 * Creates an account for an e-mail address, to which Cognito mails a temporary password. An account that was never used gets a new password; an
 * account with a sign-in stays as it is. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
 */
export async function inviteAccount(email: string): Promise<void> {
  const invited: AdminCreateUserCommandInput = {
    UserPoolId: environment('USER_POOL_ID'),
    Username: email,
    DesiredDeliveryMediums: ['EMAIL'],
  };
  const create = (more: Partial<AdminCreateUserCommandInput>) =>
    available('Sign-in', () => cognito.send(new AdminCreateUserCommand({ ...invited, ...more })));
  try {
    // A sign-in with the mailed password proves that the person owns the mailbox.
    const verified = [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
    ];
    await create({ UserAttributes: verified });
  } catch (error) {
    if (awsErrorName(error) !== 'UsernameExistsException') throw error;
    await create({ MessageAction: 'RESEND' }).catch((failure: unknown) => {
      if (awsErrorName(failure) !== 'UnsupportedUserStateException') throw failure;
    });
  }
}

/** Ends every session of a user: their refresh tokens stop working. Throws Unauthenticated when the user was deleted. */
export async function signOutEverywhere(username: string): Promise<void> {
  await ofAccount(() =>
    cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: environment('USER_POOL_ID'), Username: username })),
  );
}

/** A call about one user of the pool. An access token may outlive its user, by an hour at most. */
async function ofAccount<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await available('Sign-in', call);
  } catch (cause) {
    if (awsErrorName(cause) !== 'UserNotFoundException') throw cause;
    throw new GantryError('Unauthenticated', 'The account of this access token does not exist any more.', [], {
      cause,
    });
  }
}

export interface AccessToken {
  readonly subject: string;
  readonly username: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
}

/**
 * Verifies an access token of the pool: signature, issuer, client, use and expiry. Throws an error of aws-jwt-verify for an invalid token, and
 * Unavailable when the pool's keys cannot be read.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
export async function verifyAccessToken(token: string): Promise<AccessToken> {
  verifier ??= createVerifier();
  const claims = await verifier.verify(token);
  return { subject: claims.sub, username: claims.username, issuedAt: claims.iat };
}

let verifier: ReturnType<typeof createVerifier> | undefined;

function createVerifier() {
  return CognitoJwtVerifier.create(
    {
      userPoolId: environment('USER_POOL_ID'),
      clientId: [environment('USER_POOL_CLIENT_ID'), environment('DASHBOARD_CLIENT_ID')],
      tokenUse: 'access',
    },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );
}

const https = new SimpleFetcher();

/**
 * Fetches the pool's keys. The variable that redirects every SDK client redirects this request too, because aws-jwt-verify itself only supports
 * https.
 */
const fetcher = {
  async fetch(uri: string): Promise<ArrayBuffer> {
    const endpoint = process.env.AWS_ENDPOINT_URL;
    try {
      if (endpoint === undefined) return await https.fetch(uri);
      const url = new URL(new URL(uri).pathname, endpoint);
      return await fetchOnce(url).catch(() => fetchOnce(url));
    } catch (cause) {
      throw new GantryError('Unavailable', 'Sign-in is not available right now. Try again.', [], { cause });
    }
  },
};

async function fetchOnce(url: URL): Promise<ArrayBuffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) throw new Error(`the keys of the user pool could not be read: ${response.status}`);
  return response.arrayBuffer();
}
