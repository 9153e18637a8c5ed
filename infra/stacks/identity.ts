import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { Aws, CfnDeletionPolicy, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolUser,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  UserPool,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { type Link, settings } from '../constructs/links.ts';
import { removalPolicy } from '../constructs/logs.ts';
import { signInClient } from '../constructs/sign-in-client.ts';
import type { Stage } from '../stage.ts';

/** Who may sign in. Sign-up is closed; passwords and second factors are Cognito's. */
export class IdentityStack extends Stack {
  readonly pool: UserPool;
  /** The settings with which `serve` verifies access tokens. */
  readonly verifyTokens: Link;
  /** The sign-in pages. */
  readonly signInPages: Link;
  /** The client with which the command signs people in. */
  readonly commandClient: Link;

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
      deletionProtection: stage.removalPolicy === 'retain' && stage.deletionProtection,
      removalPolicy: removalPolicy(stage),
    });
    new CfnOutput(this, 'UserPoolId', { value: this.pool.userPoolId, description: 'Who may sign in' });
    const domain = this.pool.addDomain('Domain', {
      // The prefix is unique in its region across all accounts, so it includes the account.
      cognitoDomain: { domainPrefix: `gantry-${stage.stage}-${Aws.ACCOUNT_ID}` },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    const client = signInClient(this, 'Client', this.pool, [...redirectUrls]);
    const owner = new CfnUserPoolUser(this, 'FirstOwner', {
      userPoolId: this.pool.userPoolId,
      username: stage.firstOwnerEmail,
      desiredDeliveryMediums: ['EMAIL'],
      userAttributes: [
        { name: 'email', value: stage.firstOwnerEmail },
        { name: 'email_verified', value: 'true' },
      ],
    });
    // Another address is another account: the old account stays, with all of its rights.
    owner.applyRemovalPolicy(removalPolicy(stage));
    owner.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    this.verifyTokens = settings({ USER_POOL_ID: this.pool.userPoolId, USER_POOL_CLIENT_ID: client.userPoolClientId });
    this.signInPages = settings({ SIGN_IN_URL: domain.baseUrl() });
    this.commandClient = settings({ USER_POOL_CLIENT_ID: client.userPoolClientId });
  }
}
