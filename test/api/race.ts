import { newId } from '@gantry/contract/ids.ts';
import { type Action, allows, covers } from '@gantry/contract/roles.ts';
import { actionOf, type Route, takesToken } from '@gantry/contract/route.ts';
import { type OperationId, routes, routesByContext } from '@gantry/contract/routes.ts';
import { AuthorizationEntity } from '@gantry/core/records/github.ts';
import { InvitationEntity, SeatEntity } from '@gantry/core/records/identity.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { plan, report } from '../faults/bed.ts';
import { platform } from '../journeys/fixture.ts';
import { patience, slowness } from '../patience.ts';
import { type Answer, exampleRequest, type Request } from './call.ts';
import { world } from './fixture.ts';
import { type DeploymentState, inWorld, type Member } from './world.ts';

/** Operations that are not raced here, with the reason. The list only shrinks. */
const exemptions: Partial<Record<OperationId, string>> = {
  'authorizations.prove': 'it asks GitHub before it writes, and no test asks the real one',
  'databases.drill': 'it asks RDS for the newest moment before it writes, and the database of the examples has none',
  'databases.connect': "it needs the database's server before it writes, and the examples' database has none",
};

/** The state of the examples' deployment in which an operation reaches its transaction. */
const states: Partial<Record<OperationId, DeploymentState>> = {
  'deployments.cancel': 'deploying',
  'deployments.pause': 'deploying',
  'deployments.resume': 'paused',
  'deployments.advance': 'deploying',
  'deployments.promote': 'live',
  'deployments.redrive': 'failed',
  'deployments.redeploy': 'live',
  'deployments.rollback': 'removed',
  'deployments.stop': 'live',
  'deployments.start': 'stopped',
  'exec.create': 'live',
};

/**
 * The calls of one function in flight: it has ten workers, and one of them ends the caller's rights. A slow machine has fewer in flight, because a
 * held call of the SDK fails after five seconds.
 */
const AT_ONCE = Math.max(1, Math.round(5 / Math.max(1, slowness)));

type Changing = readonly [OperationId, Route];

const isChanging = ([operation, route]: Changing) =>
  route.method !== 'GET' && takesToken(route) && !(operation in exemptions);

/** Every changing operation of the contract, by the function that serves it. */
const changing = Object.values(routesByContext).map((ofContext) =>
  (Object.entries(ofContext) as [OperationId, Route][]).filter(isChanging),
);

interface Loss {
  readonly title: string;
  /** Whether it removes the right to an operation. */
  concerns(route: Route, operation: OperationId): boolean;
  /** The credential of the calls. */
  token(member: Member): Promise<string>;
  happens(member: Member): Promise<unknown>;
  /** The status of the calls afterwards. */
  status(operation: OperationId): number;
}

const path = ({ userId }: Member) => ({ params: { teamId: world.ids.team, userId } });
const takesAway = (right: (action: Action) => boolean) => (route: Route) => {
  const action = actionOf(route);
  return action !== undefined && right(action);
};
const session = async (member: Member) => member.token;
let lastToken = '';

const losses: readonly Loss[] = [
  {
    title: 'a member is removed',
    concerns: (route, operation) => actionOf(route) !== undefined || operation === 'teams.create',
    token: session,
    happens: (member) => world.api.done('members.remove', path(member)),
    // It was their last team, and only a member of a team can create one.
    status: (operation) => (operation === 'teams.create' ? 403 : 404),
  },
  {
    title: 'a member becomes a viewer',
    concerns: takesAway((action) => !allows('viewer', action)),
    token: session,
    happens: (member) => world.api.done('members.update', { ...path(member), body: { role: 'viewer' } }),
    status: () => 403,
  },
  {
    title: 'an API token is revoked',
    concerns: takesAway((action) => covers('all', action)),
    async token({ token }) {
      const params = { teamId: world.ids.team };
      const created = await world.api.done('tokens.create', { params, body: { name: 'CI', scope: 'all' }, token });
      lastToken = created.token.id;
      return created.secret;
    },
    happens: () => world.api.done('tokens.revoke', { params: { teamId: world.ids.team, tokenId: lastToken } }),
    status: () => 401,
  },
  {
    title: 'somebody signs out everywhere',
    concerns: () => true,
    token: session,
    happens: ({ token }) => world.api.done('session.end', { token }),
    status: () => 401,
  },
];

describe('while each operation is about to write', () => {
  let heir: Member;
  let gitService: string;

  beforeAll(async () => {
    const { team: teamId, project: projectId } = world.ids;
    heir = await world.member('heir', { role: 'admin', teamId });
    const source = { kind: 'git', url: 'https://git.example.com/acme/shop.git', branch: 'main' };
    const params = { teamId, projectId };
    gitService = (await world.api.done('services.create', { params, body: { slug: 'from-git', source } })).id;
    const body = { username: 'deploy', token: 'secret' };
    await world.api.done('services.setCredential', { params: { ...params, serviceId: gitService }, body });
    await warm();
  }, 60_000);

  /** Loads as many workers of each function as calls will be in flight, so that no call waits for a loading worker. */
  async function warm(): Promise<void> {
    const reads = Object.values(routesByContext).flatMap((ofContext) =>
      (Object.entries(ofContext) as [OperationId, Route][]).filter(([, { method }]) => method === 'GET').slice(0, 1),
    );
    const calls = reads.flatMap((read) => Array.from({ length: AT_ONCE + 1 }, () => read));
    await Promise.all(
      calls.map(([operation, route]) => world.api.send(operation, inWorld(exampleRequest(route), world.ids))),
    );
  }

  it.each(losses)(
    '$title, and no operation writes after that is answered',
    async (loss) => {
      const concerned = changing.map((operations) =>
        operations.filter(([operation, route]) => loss.concerns(route, operation)),
      );
      const rounds = Math.ceil(Math.max(...concerned.map(({ length }) => length)) / AT_ONCE);
      for (let round = 0; round < rounds; round += 1) {
        const batch = concerned.flatMap((operations) => operations.slice(round * AT_ONCE, (round + 1) * AT_ONCE));
        await race(loss, batch, `${losses.indexOf(loss)}-${round}`);
      }
    },
    patience(120_000),
  );

  it('a member gets another sufficient role: the operation checks again and writes once', async () => {
    const { team: teamId } = world.ids;
    const member = await world.member('riser', { role: 'developer', teamId });
    await plan({ platform }, { hold: { named: 'TransactWriteItems by gantry-local-api-', most: 1 } });
    const request = { params: { teamId }, body: { slug: 'of-riser' }, token: member.token };
    const answer = world.api.send('projects.create', request);
    await held('projects.create', answer, 1);
    await world.api.done('members.update', { ...path(member), body: { role: 'admin' } });
    await plan({ platform }, {});
    expect((await answer).status).toBe(201);
    const { writes } = await report({ platform });
    expect(writes.filter((write) => write.endsWith('by gantry-local-api-projects'))).toHaveLength(1);
  });

  it("a quota is enforced although its write also checks the caller's rights", async () => {
    const { team: teamId } = world.ids;
    const { token } = await world.member('collector', { role: 'developer', teamId });
    const create = () =>
      world.api.send('tokens.create', { params: { teamId }, body: { name: 'CI', scope: 'read' }, token });
    const statuses: number[] = [];
    for (let count = 0; count < 21; count += 1) statuses.push((await create()).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 201), 422]);
  });

  /** Holds each operation of a batch before its transaction, removes the caller's rights, and releases all of them. */
  async function race(loss: Loss, batch: readonly Changing[], name: string): Promise<void> {
    const member = await world.member(`racer-${name}`, { role: 'owner', teamId: world.ids.team });
    const token = await loss.token(member);
    const requests = await requestsOf(batch, member);
    // Discarding and applying need a staged change.
    await world.api.done('variables.stage', inWorld(exampleRequest(routes['variables.stage']), world.ids));
    await plan({ platform }, { hold: { named: 'TransactWriteItems by gantry-local-api-', most: batch.length } });
    const flying: Promise<Answer>[] = [];
    try {
      for (const [index, [operation]] of batch.entries()) {
        const state = states[operation];
        if (state !== undefined) await world.deploymentIs(state);
        const answer = world.api.send(operation, { ...requests[index], token });
        flying.push(answer);
        await held(operation, answer, flying.length);
      }
      await loss.happens(member);
    } finally {
      await plan({ platform }, {});
    }
    const answers = await Promise.all(flying);
    const outcomes = batch.map(([operation], index) => [operation, answers[index]?.status]);
    expect(outcomes).toEqual(batch.map(([operation]) => [operation, loss.status(operation)]));
    const { writes } = await report({ platform });
    expect(writes.filter((write) => write.includes('by gantry-local-api-'))).toEqual([]);
    // A second owner could be removed by the next tests.
    await world.api.send('members.remove', path(member));
  }

  async function requestsOf(batch: readonly Changing[], member: Member): Promise<Request[]> {
    const { team: teamId, project: projectId, environment: environmentId } = world.ids;
    const { invitationId, authorizationId } = await recordsFor(member);
    const ofGit = { params: { teamId, projectId, serviceId: gitService } };
    /** Requests that reach a transaction where the contract's examples do not. */
    const others: Partial<Record<OperationId, Request>> = {
      'teams.transfer': { body: { userId: heir.userId } },
      'invitations.accept': { params: { teamId, invitationId } },
      'installations.join': { body: { authorizationId, installationId: '51234568' } },
      'environments.delete': { query: { confirm: 'first' } },
      'projects.delete': { query: { confirm: 'first' } },
      'databases.delete': { query: { confirm: 'data' } },
      'databases.restore': { body: { slug: 'raced', from: { kind: 'backup', backupId: world.ids.backup } } },
      'services.update': { body: { name: 'Renamed' } },
      'services.setCredential': ofGit,
      'services.removeCredential': ofGit,
      // Nothing is staged in this set that would be applied too.
      'variables.set': { query: { serviceId: gitService, environmentId } },
    };
    return batch.map(([operation, route]) => ({
      ...inWorld(exampleRequest(route), world.ids),
      ...others[operation],
    }));
  }

  /** Records of one caller: an invitation to their e-mail, and a proof on GitHub. */
  async function recordsFor({ email, userId }: Member) {
    const { team: teamId } = world.ids;
    const [invitationId, authorizationId] = [newId('invitation'), newId('authorization')];
    const [createdAt, expiresAt] = [0, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString()) as [
      string,
      string,
    ];
    const invited = { id: invitationId, teamName: 'Team', email, role: 'viewer' as const, projectRoles: {} };
    await world.put(InvitationEntity.create({ ...invited, teamId, invitedBy: heir.userId, createdAt, expiresAt }));
    await world.put(SeatEntity.create({ teamId, email, invitationId }));
    const proven = {
      verifier: 'v',
      redirectUrl: '',
      installations: [{ installationId: '51234568', account: 'other' }],
      person: { id: 7, login: 'racer' },
    };
    const ttl = Math.floor(Date.now() / 1000) + 3600;
    await world.put(AuthorizationEntity.create({ teamId, id: authorizationId, userId, ttl, ...proven }));
    return { invitationId, authorizationId };
  }

  /** Waits until this many writes are held; throws if the call is answered without reaching its transaction. */
  async function held(operation: OperationId, answer: Promise<Answer>, count: number): Promise<void> {
    let early: Answer | undefined;
    void answer.then((settled) => (early = settled)).catch(() => {});
    for (const deadline = Date.now() + patience(30_000); (await report({ platform })).held < count; ) {
      if (early !== undefined)
        throw new Error(`${operation} answered ${early.status} before it wrote: ${early.problem?.detail}`);
      if (Date.now() > deadline) throw new Error(`${operation} did not come to its transaction in time`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
});
