import type { Place, ResourceType } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { clientId, type Directory, issuer, poolArn, poolId, requirePool } from './directory.ts';
import type { Grants } from './grants.ts';
import type { OwnerFile } from './owner.ts';
import { generatePassword } from './password.ts';
import type { User, Users } from './users.ts';

type Properties = Readonly<Record<string, unknown>>;

const NO_MAIL = 'no mail and no message is sent locally';

/** The Cognito types of the template. */
export function cognitoTypes(
  directory: Directory,
  users: Users,
  owners: OwnerFile,
  grants: Grants,
): readonly ResourceType[] {
  const forget = (poolId: string, { sub, email }: User): void => {
    grants.revokeAll(poolId, sub);
    users.remove(poolId, email);
    owners.remove(email);
  };
  return [
    userPool(directory, (poolId) => {
      for (const each of users.of(poolId)) forget(poolId, each);
    }),
    poolClient(directory),
    domain(directory),
    user(directory, users, owners, forget),
    BRANDING,
  ];
}

function userPool(directory: Directory, empty: (poolId: string) => void): ResourceType {
  return {
    type: 'AWS::Cognito::UserPool',
    uses: ['UsernameAttributes', 'Policies.PasswordPolicy', 'MfaConfiguration'],
    inert: {
      UserPoolName: 'nothing local shows it',
      AccountRecoverySetting: NO_MAIL,
      AdminCreateUserConfig: 'there is no sign-up page: accounts are created by an administrator',
      AutoVerifiedAttributes: NO_MAIL,
      DeletionProtection: 'a stage of one machine keeps nothing',
      DeviceConfiguration: 'devices are not remembered',
      EmailConfiguration: NO_MAIL,
      EmailVerificationMessage: NO_MAIL,
      EmailVerificationSubject: NO_MAIL,
      EnabledMfas: 'no second factor is asked for',
      Schema: 'attributes are stored unchanged',
      SmsVerificationMessage: NO_MAIL,
      'Policies.SignInPolicy': 'sign-in is by password',
      UserAttributeUpdateSettings: NO_MAIL,
      UserPoolAddOns: 'there is no threat protection',
      UserPoolTags: 'nothing local reads tags',
      UserPoolTier: 'every feature that is emulated is on',
      UsernameConfiguration: 'names are never case-sensitive',
      VerificationMessageTemplate: NO_MAIL,
    },
    declare(properties, place) {
      const given = properties as {
        readonly UsernameAttributes?: readonly string[];
        readonly MfaConfiguration?: string;
        readonly Policies?: { readonly PasswordPolicy?: Readonly<Record<string, number | boolean>> };
      };
      if (given.UsernameAttributes?.includes('email') !== true)
        throw unsupported(place, 'UsernameAttributes without email');
      if (given.MfaConfiguration === 'ON') throw unsupported(place, 'MfaConfiguration ON');
      const id = poolId(place.at);
      const policy = given.Policies?.PasswordPolicy ?? {};
      directory.pools.set(id, {
        id,
        arn: poolArn(id),
        policy: {
          minimumLength: Number(policy.MinimumLength ?? 8),
          lowercase: policy.RequireLowercase !== false,
          uppercase: policy.RequireUppercase !== false,
          numbers: policy.RequireNumbers !== false,
          symbols: policy.RequireSymbols !== false,
        },
      });
      const name = issuer(id).slice('https://'.length);
      return { ref: id, attributes: { UserPoolId: id, Arn: poolArn(id), ProviderName: name, ProviderURL: issuer(id) } };
    },
    remove(id) {
      empty(id);
      directory.pools.delete(id);
    },
  };
}

function poolClient(directory: Directory): ResourceType {
  return {
    type: 'AWS::Cognito::UserPoolClient',
    uses: [
      'UserPoolId',
      'AllowedOAuthFlows',
      'AllowedOAuthFlowsUserPoolClient',
      'AllowedOAuthScopes',
      'CallbackURLs',
      'LogoutURLs',
      'GenerateSecret',
      'SupportedIdentityProviders',
      'AccessTokenValidity',
      'IdTokenValidity',
      'RefreshTokenValidity',
      'TokenValidityUnits',
      'RefreshTokenRotation',
    ],
    inert: {
      AuthSessionValidity: 'a sign-in has no further steps',
      ClientName: 'nothing local shows it',
      DefaultRedirectURI: 'a request must name its redirect_uri',
      EnableTokenRevocation: 'revocation is always on',
      ExplicitAuthFlows: 'users sign in only on the pages: there is no InitiateAuth',
      PreventUserExistenceErrors: 'the pages never tell whether a user exists',
      ReadAttributes: 'tokens hold only the e-mail',
      WriteAttributes: 'users cannot change attributes themselves',
    },
    declare(properties, place) {
      const pool = requirePool(directory, String(properties.UserPoolId));
      const texts = (name: string) => (properties[name] ?? []) as readonly string[];
      const rotation = properties.RefreshTokenRotation as
        | { Feature?: string; RetryGracePeriodSeconds?: number }
        | undefined;
      if (properties.GenerateSecret === true) throw unsupported(place, 'GenerateSecret');
      if (properties.AllowedOAuthFlowsUserPoolClient !== true) throw unsupported(place, 'a client without OAuth flows');
      if (texts('AllowedOAuthFlows').some((flow) => flow !== 'code'))
        throw unsupported(place, 'AllowedOAuthFlows but code');
      if (texts('SupportedIdentityProviders').some((provider) => provider !== 'COGNITO')) {
        throw unsupported(place, 'SupportedIdentityProviders but COGNITO');
      }
      const id = clientId(place.at);
      directory.clients.set(id, {
        id,
        poolId: pool.id,
        callbackUrls: texts('CallbackURLs'),
        logoutUrls: texts('LogoutURLs'),
        scopes: texts('AllowedOAuthScopes'),
        accessTokenSeconds: lifetime(properties, 'AccessToken', 'hours', 1),
        idTokenSeconds: lifetime(properties, 'IdToken', 'hours', 1),
        refreshTokenSeconds: lifetime(properties, 'RefreshToken', 'days', 30),
        rotation: rotation?.Feature === 'ENABLED' ? { graceSeconds: rotation.RetryGracePeriodSeconds ?? 0 } : undefined,
      });
      return { ref: id, attributes: { ClientId: id } };
    },
    remove: (id) => void directory.clients.delete(id),
  };
}

function domain(directory: Directory): ResourceType {
  return {
    type: 'AWS::Cognito::UserPoolDomain',
    uses: ['Domain', 'UserPoolId'],
    inert: { ManagedLoginVersion: 'there is one local sign-in page' },
    declare({ Domain, UserPoolId }) {
      requirePool(directory, String(UserPoolId));
      directory.domains.set(String(Domain), String(UserPoolId));
      return { ref: String(Domain), attributes: {} };
    },
    remove: (name) => void directory.domains.delete(name),
  };
}

function user(
  directory: Directory,
  users: Users,
  owners: OwnerFile,
  forget: (poolId: string, user: User) => void,
): ResourceType {
  return {
    type: 'AWS::Cognito::UserPoolUser',
    uses: ['UserPoolId', 'Username', 'UserAttributes'],
    inert: {
      DesiredDeliveryMediums: NO_MAIL,
      ForceAliasCreation: 'an e-mail is taken once',
      MessageAction: NO_MAIL,
    },
    async declare(properties, place) {
      const {
        UserPoolId: pool,
        Username: email,
        UserAttributes = [],
      } = properties as {
        readonly UserPoolId: string;
        readonly Username?: string;
        readonly UserAttributes?: readonly { readonly Name: string; readonly Value: string }[];
      };
      if (email === undefined) throw unsupported(place, 'a user without a Username');
      requirePool(directory, pool);
      directory.accounts.add(email);
      if (users.find(pool, email)?.passwordHash === undefined) {
        const attributes = Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
        const created = users.find(pool, email) ?? users.create(pool, email, attributes);
        const password = generatePassword();
        owners.set(email, password);
        await users.setPassword(pool, created, password, true);
      }
      return { ref: email, attributes: {} };
    },
    remove(email) {
      directory.accounts.delete(email);
      for (const poolId of directory.pools.keys()) {
        const found = users.find(poolId, email);
        if (found !== undefined) forget(poolId, found);
      }
    },
  };
}

const BRANDING: ResourceType = {
  type: 'AWS::Cognito::ManagedLoginBranding',
  uses: [],
  inert: {
    Assets: 'the local sign-in page has one look',
    ClientId: 'the local sign-in page has one look',
    ReturnMergedResources: 'the local sign-in page has one look',
    Settings: 'the local sign-in page has one look',
    UseCognitoProvidedValues: 'the local sign-in page has one look',
    UserPoolId: 'the local sign-in page has one look',
  },
  declare: (_, place) => ({ ref: place.name(), attributes: { ManagedLoginBrandingId: place.name() } }),
};

const SECONDS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

function lifetime(properties: Properties, token: string, usualUnit: string, usual: number): number {
  const units = (properties.TokenValidityUnits ?? {}) as Readonly<Record<string, string>>;
  return Number(properties[`${token}Validity`] ?? usual) * (SECONDS[units[token] ?? usualUnit] ?? 1);
}

function unsupported(place: Place, what: string): AwsError {
  return new AwsError('InvalidParameterException', `${place.at}: ${what} is not emulated.`);
}
