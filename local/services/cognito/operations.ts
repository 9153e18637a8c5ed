import type { Kernel } from '../../kernel/kernel.ts';
import { type AnyOperation, AwsError, type Operation } from '../../kernel/service.ts';
import { type Directory, poolArn, requirePool } from './directory.ts';
import type { Grants } from './grants.ts';
import type { OwnerFile } from './owner.ts';
import { checkPolicy, generatePassword } from './password.ts';
import type { User, Users } from './users.ts';

interface OfUser {
  readonly UserPoolId: string;
  readonly Username: string;
}
type Attributes = readonly { readonly Name: string; readonly Value?: string }[];

const TRIGGERS = { ClientMetadata: 'there are no Lambda triggers' };

/** The administrator's operations on a user pool. */
export function createOperations(
  kernel: Kernel,
  directory: Directory,
  users: Users,
  grants: Grants,
  owners: OwnerFile,
): Readonly<Record<string, AnyOperation>> {
  const on = (action: string) => (input: OfUser) => [
    { action: `cognito-idp:${action}`, resource: poolArn(input.UserPoolId) },
  ];
  const find = ({ UserPoolId, Username }: OfUser) => users.require(requirePool(directory, UserPoolId).id, Username);

  const AdminGetUser: Operation<OfUser, unknown> = {
    uses: ['UserPoolId', 'Username'],
    access: on('AdminGetUser'),
    handle(input) {
      const { Attributes: UserAttributes, ...user } = describe(find(input));
      return { ...user, UserAttributes };
    },
  };

  const AdminCreateUser: Operation<
    OfUser & { UserAttributes?: Attributes; TemporaryPassword?: string; MessageAction?: string },
    unknown
  > = {
    uses: ['UserPoolId', 'Username', 'UserAttributes', 'TemporaryPassword', 'MessageAction'],
    inert: {
      ...TRIGGERS,
      ValidationData: 'there are no Lambda triggers',
      DesiredDeliveryMediums: 'no mail is sent locally',
      ForceAliasCreation: 'an e-mail is taken once',
    },
    access: on('AdminCreateUser'),
    async handle({ UserPoolId, Username, UserAttributes = [], TemporaryPassword, MessageAction }) {
      const { policy } = requirePool(directory, UserPoolId);
      const password = TemporaryPassword ?? generatePassword();
      checkPolicy(password, policy);
      const attributes = Object.fromEntries(UserAttributes.map(({ Name, Value = '' }) => [Name, Value]));
      if (MessageAction !== 'RESEND') requireEmail(Username, attributes.email);
      const resend = MessageAction === 'RESEND';
      const user = resend
        ? users.require(UserPoolId, Username)
        : users.create(UserPoolId, attributes.email ?? Username, attributes);
      if (resend && user.status === 'CONFIRMED')
        throw new AwsError('UnsupportedUserStateException', 'Resend not possible, user has signed in already.');
      await users.setPassword(UserPoolId, user, password, false);
      if (MessageAction !== 'SUPPRESS') {
        owners.set(user.email, password);
        kernel.note(`sign-in: no mail is sent locally; the temporary password of ${user.email} is in ${owners.path}`);
      }
      return { User: describe(user) };
    },
  };

  const AdminSetUserPassword: Operation<OfUser & { Password: string; Permanent?: boolean }, unknown> = {
    uses: ['UserPoolId', 'Username', 'Password', 'Permanent'],
    access: on('AdminSetUserPassword'),
    async handle(input) {
      const { UserPoolId, Password, Permanent = false } = input;
      const user = find(input);
      checkPolicy(Password, requirePool(directory, UserPoolId).policy);
      await users.setPassword(UserPoolId, user, Password, Permanent);
      owners.remove(user.email);
      return {};
    },
  };

  const AdminDeleteUser: Operation<OfUser, unknown> = {
    uses: ['UserPoolId', 'Username'],
    access: on('AdminDeleteUser'),
    handle(input) {
      const user = find(input);
      grants.revokeAll(input.UserPoolId, user.sub);
      users.remove(input.UserPoolId, user.email);
      owners.remove(user.email);
      return {};
    },
  };

  const AdminUserGlobalSignOut: Operation<OfUser, unknown> = {
    uses: ['UserPoolId', 'Username'],
    access: on('AdminUserGlobalSignOut'),
    handle(input) {
      const user = find(input);
      users.signOut(input.UserPoolId, user);
      grants.revokeAll(input.UserPoolId, user.sub);
      return {};
    },
  };

  return { AdminGetUser, AdminCreateUser, AdminSetUserPassword, AdminDeleteUser, AdminUserGlobalSignOut };
}

/** Users of such a pool are named by their e-mail. */
function requireEmail(name: string, attribute: string | undefined): void {
  if (!EMAIL.test(name)) throw new AwsError('InvalidParameterException', 'Username should be an email.');
  if (attribute !== undefined && !EMAIL.test(attribute))
    throw new AwsError('InvalidParameterException', 'Invalid email address format.');
}

const EMAIL = /^[^\s@]+@[^\s@]+$/;

function describe({ sub, attributes, status, createdAt, modifiedAt }: User) {
  return {
    Username: sub,
    Attributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    UserCreateDate: createdAt,
    UserLastModifiedDate: modifiedAt,
    Enabled: true,
    UserStatus: status,
  };
}
