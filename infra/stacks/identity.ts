import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { Aws, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  CfnUserPoolUser,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  UserPool,
  UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { type Link, settings } from '../constructs/links.ts';
import { removalPolicy } from '../constructs/logs.ts';
import type { Stage } from '../stage.ts';

/** Who may sign in. Sign-up is closed; passwords and second factors are Cognito's. */
export class IdentityStack extends Stack {
  readonly pool: UserPool;
  /** What `serve` verifies access tokens against. */
  readonly verifyTokens: Link;
  /** Where a client sends a person to sign in, and as which client. */
  readonly signIn: Link;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { description: `Gantry ${stage.stage}: sign-in` });
    this.pool = new UserPool(this, 'Users', {
      featurePlan: FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(7),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      deletionProtection: stage.removalPolicy === 'retain',
      removalPolicy: removalPolicy(stage),
    });
    new CfnOutput(this, 'UserPoolId', { value: this.pool.userPoolId, description: 'Who may sign in' });
    const domain = this.pool.addDomain('Domain', {
      // The prefix is unique in its region over all accounts, and so carries the account.
      cognitoDomain: { domainPrefix: `gantry-${stage.stage}-${Aws.ACCOUNT_ID}` },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    const client = new UserPoolClient(this, 'Client', {
      userPool: this.pool,
      generateSecret: false,
      // Managed login needs none of the API's own flows; naming one keeps Cognito from adding its defaults, of which
      // ALLOW_REFRESH_TOKEN_AUTH cannot stand beside rotation.
      authFlows: { userSrp: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE],
        callbackUrls: [...redirectUrls],
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
    new CfnManagedLoginBranding(this, 'Branding', {
      userPoolId: this.pool.userPoolId,
      clientId: client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    new CfnUserPoolUser(this, 'FirstOwner', {
      userPoolId: this.pool.userPoolId,
      username: stage.firstOwnerEmail,
      desiredDeliveryMediums: ['EMAIL'],
      userAttributes: [
        { name: 'email', value: stage.firstOwnerEmail },
        { name: 'email_verified', value: 'true' },
      ],
    });
    this.verifyTokens = settings({ USER_POOL_ID: this.pool.userPoolId, USER_POOL_CLIENT_ID: client.userPoolClientId });
    this.signIn = settings({ SIGN_IN_URL: domain.baseUrl(), USER_POOL_CLIENT_ID: client.userPoolClientId });
  }
}
