import { Duration } from 'aws-cdk-lib';
import {
  CfnManagedLoginBranding,
  OAuthScope,
  type UserPool,
  UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';

/** A public client of the pool: it signs people in by the authorization code flow, and redirects to `callbackUrls` only. */
export function signInClient(
  scope: Construct,
  id: string,
  userPool: UserPool,
  callbackUrls: string[],
  logoutUrls?: string[],
): UserPoolClient {
  const client = new UserPoolClient(scope, id, {
    userPool,
    generateSecret: false,
    // Managed login needs none of the API's own flows. Naming one keeps Cognito from adding its defaults, of which ALLOW_REFRESH_TOKEN_AUTH excludes
    // rotation.
    authFlows: { userSrp: true },
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE],
      callbackUrls,
      ...(logoutUrls && { logoutUrls }),
    },
    supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
    preventUserExistenceErrors: true,
    accessTokenValidity: Duration.hours(1),
    idTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.days(30),
    refreshTokenRotationGracePeriod: Duration.seconds(30),
    enableTokenRevocation: true,
  });
  // Without a branding, managed login answers "Login pages unavailable".
  new CfnManagedLoginBranding(scope, `${id}Branding`, {
    userPoolId: userPool.userPoolId,
    clientId: client.userPoolClientId,
    useCognitoProvidedValues: true,
  });
  return client;
}
