import assert from 'node:assert/strict';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Client } from '@gantry/client/client.ts';
import { openLive } from '@gantry/client/live.ts';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { describeArchive } from '@gantry/local/example/deploy.ts';
import type { Platform } from './platform.ts';
import type { Scenario } from './scenario.ts';

/** Who is admitted, and who is not. */
export const peopleScenarios: readonly Scenario[] = [
  {
    title: 'every part of the API tells a stranger that nobody invited them',
    functions: [
      'api/identity',
      'api/projects',
      'api/source',
      'api/deployments',
      'api/variables',
      'api/logs',
      'api/audit',
      'api/exec',
      'api/databases',
    ],
    once: true,
    async run(platform) {
      const client = await stranger(platform);
      const params = {
        teamId: newId('team'),
        projectId: newId('project'),
        serviceId: newId('service'),
        environmentId: newId('environment'),
      };
      const { teamId, projectId, serviceId } = params;
      const calls = [
        () => client('session.get', {}),
        () => client('projects.list', { params: { teamId } }),
        () =>
          client('uploads.create', {
            params: { teamId, projectId, serviceId },
            body: describeArchive(Buffer.from('x')),
          }),
        () => client('deployments.list', { params }),
        () => client('variables.history', { params: { teamId, projectId } }),
        () => client('logs.app', { params }),
        () => client('audit.list', { params: { teamId } }),
        () => client('exec.create', { params, body: {} }),
        () => client('databases.list', { params }),
      ];
      for (const call of calls) {
        await refused(
          call(),
          'Forbidden',
          call === calls[0] ? 'Nobody has invited you' : 'This account has not been admitted yet',
        );
      }
    },
  },
  {
    title: 'somebody is invited, accepts, and signs out of every session',
    functions: ['api/identity', 'realtime/socket', 'realtime/leave'],
    once: true,
    async run(platform) {
      const owner = await platform.signIn();
      const { teams } = await owner('session.get', {});
      const params = { teamId: teams[0]?.team.id ?? '' };
      const { id } = await owner('invitations.create', {
        params,
        body: { email: 'guest@example.com', role: 'viewer' },
      });
      const guest = await withPassword(platform, 'guest@example.com');
      const { invitations } = await guest('session.get', {});
      assert.equal(invitations[0]?.id, id);
      await guest('invitations.accept', { params: { ...params, invitationId: id } });
      const live = await openLive(guest);
      await guest('session.end', {});
      let over = false;
      void live.closed.then(() => (over = true));
      await platform.eventually('the end of the live connection', () => over || undefined);
      await refused(guest('session.get', {}), 'Unauthenticated', 'You have signed out');
    },
  },
];

/** An account of the user pool without an invitation to a team. */
async function stranger(platform: Platform): Promise<Client> {
  const cognito = new CognitoIdentityProviderClient(platform.operator);
  const user = { UserPoolId: platform.output('identity', 'UserPoolId'), Username: 'stranger@example.com' };
  const UserAttributes = [
    { Name: 'email', Value: user.Username },
    { Name: 'email_verified', Value: 'true' },
  ];
  await cognito.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }));
  return withPassword(platform, user.Username);
}

/** A user with an account, signed in with their own password. */
async function withPassword({ output, operator, signIn }: Platform, email: string): Promise<Client> {
  const cognito = new CognitoIdentityProviderClient(operator);
  const Password = 'One-of-my-0wn';
  await cognito.send(
    new AdminSetUserPasswordCommand({
      UserPoolId: output('identity', 'UserPoolId'),
      Username: email,
      Password,
      Permanent: true,
    }),
  );
  return signIn(email, Password);
}

/** The call must be refused with an error of this kind and text. */
export async function refused(call: Promise<unknown>, kind: ErrorKind, words: string): Promise<void> {
  const error = await call.then(
    () => assert.fail(`it was allowed, not refused as ${kind}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GantryError) || error.kind !== kind || !error.message.startsWith(words)) {
    assert.fail(`${String(error)}, not ${kind}: ${words}`);
  }
}
