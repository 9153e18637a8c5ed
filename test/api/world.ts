import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { GitHubApp } from '@gantry/contract/github.ts';
import { type IdKind, idPrefixes, newId } from '@gantry/contract/ids.ts';
import type { Role } from '@gantry/contract/roles.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { BackupEntity } from '@gantry/core/records/backups.ts';
import { NoticeEntity } from '@gantry/core/records/channels.ts';
import { DatabaseEntity } from '@gantry/core/records/databases.ts';
import { DeploymentEntity, InstanceEntity, ReleaseEntity } from '@gantry/core/records/deployments.ts';
import { ExecEntity } from '@gantry/core/records/exec.ts';
import { AuthorizationEntity, InstallationEntity } from '@gantry/core/records/github.ts';
import { MembershipEntity, TeamEntity, UserEntity } from '@gantry/core/records/identity.ts';
import { describeArchive } from '@gantry/local/example/deploy.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { registerAppOf } from '../journeys/installation.ts';
import type { Endpoints, Platform } from '../journeys/platform.ts';
import { type Api, apiOf } from './call.ts';
import { showReplica } from './replica.ts';

/** A team with one record of every kind, and all of their ids. */
export interface World {
  readonly api: Api;
  readonly ids: Readonly<Record<IdKind, string>>;
  /** The first owner's access token. */
  readonly owner: string;
  /** A new person: an account and a membership. */
  member(name: string, membership: Membership): Promise<Member>;
  /** The access token of a new member. */
  person(name: string, membership: Membership): Promise<string>;
  /** Writes the record that an ElectroDB operation puts. */
  put(operation: Operation): Promise<void>;
  /** Puts the deployment of `ids` into a state, in flight or ended, as the newest of its service. */
  deploymentIs(status: DeploymentState): Promise<void>;
  /** Removes the record that an ElectroDB operation deletes. */
  forget(operation: Operation): Promise<void>;
  /** An account that nobody invited. */
  uninvited(): Promise<string>;
  /** A team that the owner does not belong to. */
  otherTeam(): Promise<string>;
}

/** The states of the examples' deployment. */
export type DeploymentState = 'deploying' | 'paused' | 'failed' | 'removed' | 'live' | 'stopped';

interface Membership {
  readonly role: Role;
  readonly teamId: string;
}

export interface Member {
  readonly token: string;
  readonly userId: string;
  readonly email: string;
  become(role: Role): Promise<void>;
  leave(): Promise<void>;
}

/** Shared by every account here. */
export const PASSWORD = 'Correct-Horse-7-Battery';

/** Makes one record of every kind in the first owner's team. */
export async function createWorld(platform: Platform): Promise<World> {
  const { endpoints } = platform;
  const records = recordsOf(endpoints);
  const owner = (await signInAs(endpoints.api, endpoints.owner.email, endpoints.owner.password)).accessToken;
  const api = apiOf(endpoints.api, owner);
  const session = await api.done('session.get', {});
  const teamId = session.teams[0]?.team.id ?? '';
  const project = await api.done('projects.create', { params: { teamId }, body: { slug: 'first' } });
  const inProject = { teamId, projectId: project.id };
  const service = await api.done('services.create', { params: inProject, body: { slug: 'web' } });
  const environment = (await api.done('environments.list', { params: inProject })).items[0]?.id ?? '';
  const inService = { ...inProject, serviceId: service.id };
  const content = Buffer.from('not a real archive');
  const upload = await api.done('uploads.create', { params: inService, body: describeArchive(content) });
  const archive = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: content });
  if (!archive.ok) throw new Error(`the upload was refused with ${archive.status}`);
  const invited = { email: 'invited@example.com', role: 'viewer' as const };
  const invitation = await api.done('invitations.create', { params: { teamId }, body: invited });
  const created = await api.done('tokens.create', { params: { teamId }, body: { name: 'CI', scope: 'read' } });
  const { channel } = await api.done('channels.create', {
    params: { teamId },
    body: { name: 'Nobody', kind: 'webhook', target: 'http://127.0.0.1:1/', types: ['backup.failed'] },
  });
  const alert = await api.done('alerts.create', {
    params: inProject,
    body: { name: 'Errors', metric: 'error-rate', threshold: 5, environmentId: environment, serviceId: service.id },
  });
  const ids = {
    user: session.user.id,
    team: teamId,
    project: project.id,
    environment,
    service: service.id,
    upload: upload.id,
    deployment: newId('deployment'),
    release: newId('release'),
    event: newId('event'),
    invitation: invitation.id,
    token: created.token.id,
    authorization: newId('authorization'),
    installation: newId('installation'),
    variableSet: newId('variableSet'),
    health: newId('health'),
    exec: newId('exec'),
    database: newId('database'),
    backup: newId('backup'),
    alert: alert.id,
    channel: channel.id,
    notice: newId('notice'),
  };
  await registerAppOf(endpoints, { app: () => app });
  await records.put(
    AuthorizationEntity.create({
      ...{
        teamId,
        id: ids.authorization,
        userId: ids.user,
        verifier: 'v',
        redirectUrl: 'http://127.0.0.1:47100/callback',
        installations: [{ installationId: '51234567', account: 'acme' }],
        person: { id: 583231, login: 'octocat' },
      },
      ttl: Math.floor(Date.now() / 1000) + 3600,
    }),
  );
  await records.put(
    InstallationEntity.create({
      ...{ teamId, id: ids.installation, installationId: '51234567', account: 'acme', suspended: false },
      ...{ joinedBy: ids.user, createdAt: new Date().toISOString(), version: 1 },
    }),
  );
  const instance = { ...inService, environmentId: environment };
  await records.put(
    ReleaseEntity.create({
      ...{ teamId, serviceId: service.id, environmentId: environment, id: ids.release, deploymentId: ids.deployment },
      ...{ kind: 'web', size: 'small', minReplicas: 1, maxReplicas: 1, port: 8080, weights: [100] },
      ...{ commandTimeoutSeconds: 60, bakeSeconds: 0, warmMinutes: 0, healthTimeoutSeconds: 5 },
      image: `127.0.0.1:1/gantry/app@sha256:${'0'.repeat(64)}`,
      createdAt: new Date().toISOString(),
    }),
  );
  const deploymentIs = async (status: DeploymentState) => {
    // Every running write finds a changed version.
    const version = Date.now();
    const isLive = status === 'live' || status === 'stopped';
    const isOnItsWay = status === 'deploying' || status === 'paused';
    const now = new Date().toISOString();
    await records.put(
      DeploymentEntity.create({
        ...instance,
        id: ids.deployment,
        generation: 1,
        run: 1,
        weight: isOnItsWay ? 50 : 0,
        ...(isOnItsWay && { shares: [{ weight: 50, at: now }] }),
        ...(status === 'paused' && { pausedAt: now }),
        bakedSeconds: 0,
        source: { kind: 'upload', uploadId: upload.id },
        status: isLive ? 'live' : isOnItsWay ? 'deploying' : status,
        steps: [],
        releaseId: ids.release,
        repositoryUri: '127.0.0.1:1/gantry/app',
        imageDigest: `sha256:${'0'.repeat(64)}`,
        traceId: newTraceId(),
        createdBy: ids.user,
        createdAt: new Date().toISOString(),
        queuedAt: new Date().toISOString(),
        version,
      }),
    );
    await records.put(
      InstanceEntity.create({
        ...instance,
        host: 'web-first',
        shard: 0,
        generation: 1,
        latestDeploymentId: ids.deployment,
        ...(isOnItsWay && { activeDeploymentId: ids.deployment }),
        ...(isLive && { liveDeploymentId: ids.deployment, liveReleaseId: ids.release }),
        ...(status === 'stopped' && { stoppedAt: new Date().toISOString(), stoppedBy: ids.user }),
        version,
      }),
    );
  };
  await deploymentIs('removed');
  await showReplica(platform, ids);
  await records.put(
    ExecEntity.create({
      ...{ ...instance, id: ids.exec, userId: ids.user, replica: 'rel-01j8z3n5w4-x7k2p', command: ['node', '-v'] },
      ...{
        slot: 0,
        end: 'exited',
        exitCode: 0,
        createdAt: new Date().toISOString(),
        endedAt: new Date().toISOString(),
      },
      ...{ version: 2, ttl: Math.floor(Date.now() / 1000) + 3600 },
    }),
  );
  await records.put(
    DatabaseEntity.create({
      ...{ ...inProject, environmentId: environment, id: ids.database, slug: 'data', name: 'data' },
      ...{ engine: 'postgres', engineVersion: '18', size: 'micro', status: 'ready' },
      ...{ createdAt: new Date().toISOString(), version: 2 },
    }),
  );
  await records.put(
    BackupEntity.create({
      ...{ ...inProject, environmentId: environment, id: ids.backup, databaseId: ids.database, slug: 'data' },
      ...{ engine: 'postgres', engineVersion: '18', size: 'micro', kind: 'manual', status: 'ready', gigabytes: 1 },
      ...{ snapshot: 'gantry-local-none', createdAt: new Date().toISOString(), version: 2 },
    }),
  );
  await records.put(
    NoticeEntity.create({
      ...{ teamId, channelId: ids.channel, id: ids.notice, type: 'test', title: 'A test', message: '{}' },
      ...{ status: 'failed', attempts: [], tries: 1, nextAt: 0, createdAt: new Date().toISOString(), version: 1 },
      ttl: Math.floor(Date.now() / 1000) + 3600,
    }),
  );
  await api.done('variables.stage', { params: inProject, body: { set: { REGION: { value: 'eu' } } } });

  async function account(name: string): Promise<{ token: string; subject: string; email: string }> {
    const email = `${name}@example.com`;
    await createAccount(endpoints, email);
    const token = (await signInAs(endpoints.api, email, PASSWORD)).accessToken;
    return { token, subject: subjectOf(token), email };
  }

  async function member(name: string, { role, teamId: team }: Membership): Promise<Member> {
    const { token, subject, email } = await account(name);
    const userId = newId('user');
    const createdAt = new Date().toISOString();
    const person = { teamId: team, userId, subject, email, projectRoles: {}, createdAt, version: 1 };
    const become = (as: Role) => records.put(MembershipEntity.create({ ...person, role: as }));
    await records.put(UserEntity.create({ subject, id: userId, email, createdAt, teams: 1 }));
    await become(role);
    const counted = { members: 1, owners: role === 'owner' ? 1 : 0 };
    await records.change(TeamEntity.update({ id: team }).add(counted));
    return {
      token,
      userId,
      email,
      become,
      leave: () => records.remove(MembershipEntity.delete({ teamId: team, userId })),
    };
  }

  return {
    api,
    ids,
    deploymentIs,
    owner,
    member,
    put: records.put,
    forget: records.remove,
    person: async (name, membership) => (await member(name, membership)).token,
    uninvited: async () => (await account('uninvited')).token,
    async otherTeam() {
      const id = newId('team');
      await records.put(
        TeamEntity.create({
          id,
          slug: 'other',
          name: 'Other',
          createdAt: new Date().toISOString(),
          version: 1,
          owners: 1,
          members: 1,
          invitations: 0,
        }),
      );
      return id;
    },
  };
}

/** Writes, changes and deletes records as core's entities would, with the operator's credentials. */
export function recordsOf({ aws, region, credentials, outputs }: Endpoints) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: aws, region, credentials }));
  const TableName = output(outputs, 'gantry-local-data', /^ExportsOutputRefTable/);
  return {
    async put(operation: Operation): Promise<void> {
      const { Item } = operation.params<{ Item: Record<string, unknown> }>();
      await client.send(new PutCommand({ TableName, Item }));
    },
    async change(operation: Operation): Promise<void> {
      const params = operation.params<Omit<UpdateCommandInput, 'TableName'>>();
      await client.send(new UpdateCommand({ ...params, TableName }));
    },
    async remove(operation: Operation): Promise<void> {
      const { Key } = operation.params<{ Key: Record<string, unknown> }>();
      await client.send(new DeleteCommand({ TableName, Key }));
    },
  };
}

/** An operation of ElectroDB. */
interface Operation {
  params<P>(): P;
}

export async function createAccount({ aws, region, credentials, outputs }: Endpoints, email: string): Promise<void> {
  const cognito = new CognitoIdentityProviderClient({ endpoint: aws, region, credentials });
  const UserPoolId = output(outputs, 'gantry-local-identity', /^ExportsOutputRefUsers(?!Domain)/);
  const UserAttributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
  ];
  const { User } = await cognito.send(
    new AdminCreateUserCommand({ UserPoolId, Username: email, UserAttributes, MessageAction: 'SUPPRESS' }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username: User?.Username, Password: PASSWORD, Permanent: true }),
  );
}

function output(outputs: Endpoints['outputs'], stack: string, name: RegExp): string {
  const found = Object.entries(outputs[stack] ?? {}).find(([key]) => name.test(key));
  if (found === undefined) throw new Error(`stack ${stack} has no output like ${name}`);
  return found[1];
}

function subjectOf(token: string): string {
  const [, payload = ''] = token.split('.');
  return String(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')).sub);
}

const EXAMPLE_ULID = '01J8Z3N5W4Q8R7T6Y5X4W3V2T1';

/** `value` with the examples' ids replaced by the world's. */
export function inWorld<T>(value: T, ids: World['ids']): T {
  const text = (Object.entries(idPrefixes) as [IdKind, string][]).reduce(
    (all, [kind, prefix]) => all.replaceAll(`"${prefix}_${EXAMPLE_ULID}"`, `"${ids[kind]}"`),
    JSON.stringify(value),
  );
  return JSON.parse(text) as T;
}

/** An App on GitHub that nothing here can reach. */
const app: GitHubApp = {
  ...{ appId: 1, slug: 'gantry', name: 'Gantry', clientId: 'Iv23', clientSecret: 's', webhookSecret: 's' },
  ...{ privateKey: 'none', apiUrl: 'https://api.github.com', webUrl: 'https://github.com' },
};
