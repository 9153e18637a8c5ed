import { randomUUID } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { answering, developer, running, until } from '../journeys/developer.ts';
import { visit } from '../journeys/platform.ts';
import { type Bed, deploymentsOf, type Served, uploadApp } from './bed.ts';
import type { Scenario } from './ground.ts';
import type { Rest } from './problems.ts';
import { githubOf, joined, pushToGit, repositoryOf } from './sources.ts';

export type ServiceScenario = Scenario<Served, Rest>;

/** The answer to visitors of a stopped app. */
const NOT_RUNNING = 'This app is not running right now.\n';

const IN_FLIGHT: readonly string[] = ['queued', 'building', 'deploying'];

const deploys: Pick<ServiceScenario, 'ask' | 'rest'> = {
  ask: ({ client }, { target }, uploadId, idempotencyKey) =>
    client('deployments.create', { params: target, body: { uploadId }, idempotencyKey }),
  rest: async (bed, served) => {
    const newest = await newestOf(bed, served);
    return newest && atRest(served, newest, 'two');
  },
};

const deletes: Pick<ServiceScenario, 'ask' | 'rest'> = {
  async ask({ client }, { target: { teamId, projectId, serviceId } }) {
    await client('services.delete', { params: { teamId, projectId, serviceId } }).catch(unlessGone);
  },
  async rest({ client }, { target: { teamId, projectId, serviceId } }) {
    const service = await client('services.get', { params: { teamId, projectId, serviceId } }).catch(unlessGone);
    return service === undefined ? { status: 'deleted', body: undefined, kept: [] } : undefined;
  },
};

/** By the name for `--only`. */
export const scenarios: readonly ServiceScenario[] = [
  {
    ...deploys,
    name: 'deploy',
    async before(bed, served) {
      await developer(bed.client).configure(served.target, { release: { command: 'echo migrated' } });
      return uploadApp(bed, served, answering('two'));
    },
  },
  {
    ...deploys,
    name: 'deploy with a rehearsal',
    kills: ['Rehearse'],
    async before(bed, served) {
      await giveDatabase(bed, served);
      await developer(bed.client).configure(served.target, {
        release: { command: 'echo migrated', rehearseSeconds: 5 },
      });
      return uploadApp(bed, served, answering('two'));
    },
    async rest(bed, served) {
      const { items } = await bed.client('databases.list', { params: served.target });
      return items.every(({ rehearsalOf }) => rehearsalOf === null) ? deploys.rest(bed, served) : undefined;
    },
  },
  {
    ...deploys,
    name: 'deploy an app that exits',
    async before(bed, served) {
      await developer(bed.client).configure(served.target, { health: { timeoutSeconds: 5 } });
      return uploadApp(bed, served, running('process.exit(7);'));
    },
  },
  {
    ...deploys,
    name: 'deploy a commit',
    kills: ['Fetch'],
    async before(bed, served) {
      const { url, commit } = await pushToGit(repositoryOf('two'));
      await developer(bed.client).configure(served.target, { source: { kind: 'git', url, branch: 'main' } });
      return commit;
    },
    ask: ({ client }, { target }, commit, idempotencyKey) =>
      client('deployments.create', { params: target, body: { commit }, idempotencyKey }),
  },
  {
    ...deploys,
    name: 'push',
    kills: ['receive', 'Deliver', 'Fetch'],
    async before(bed, served) {
      const account = randomUUID();
      const github = await joined(bed, served.target.teamId, account);
      const repository = `${account}/shop`;
      const source = { kind: 'github' as const, repository, branch: 'main', watchPaths: [] };
      await developer(bed.client).configure(served.target, { source });
      await github.createRepository(repository);
      const { payload } = await github.push(repository, 'main', repositoryOf('two'), { secret: 'lost' });
      return JSON.stringify(payload);
    },
    async ask(bed, _served, payload, id) {
      const github = await githubOf(bed);
      const { status } = await github.send('push', JSON.parse(payload), { id });
      if (status !== 202) throw new Error(`the push was answered with ${status}`);
    },
  },
  {
    name: 'roll back',
    before: async () => '',
    ask: ({ client }, { target }, _, idempotencyKey) =>
      client('deployments.rollback', { params: target, body: {}, idempotencyKey }),
    rest: async (bed, served) => {
      const newest = await newestOf(bed, served);
      return newest && atRest(served, newest, 'zero');
    },
  },
  {
    name: 'stop',
    // After a kill before the stop, the app counts as crashing, and the previous release is brought back.
    kills: ['api-deployments', 'deploymentend'],
    before: async () => '',
    ask: ({ client }, { target }, _, idempotencyKey) => client('deployments.stop', { params: target, idempotencyKey }),
    async rest({ client }, { target, one, zero }) {
      const { state, stopped } = await client('deployments.health', { params: target });
      return stopped === null ? undefined : { status: state, body: NOT_RUNNING, kept: [one, zero] };
    },
  },
  {
    name: 'start',
    async before({ client }, { target, url }) {
      await client('deployments.stop', { params: target });
      await until('the app has stopped', async () => (await visit(url)).status === 503);
      return '';
    },
    ask: ({ client }, { target }, _, idempotencyKey) => client('deployments.start', { params: target, idempotencyKey }),
    async rest(bed, served) {
      const ended = await newestOf(bed, served);
      return ended && { status: ended.status, ended, body: 'one', kept: [ended, served.zero] };
    },
  },
  {
    name: 'cancel',
    before: hold,
    ask: ({ client }, { target }, deploymentId) =>
      client('deployments.cancel', { params: { ...target, deploymentId } }),
    rest: deploys.rest,
  },
  { ...deletes, name: 'delete the service', before: async () => '' },
  // Stopped functions may write for two minutes, which the deletion waits for: killed only at writes of its own.
  { ...deletes, name: 'delete the service while it is deployed', kills: ['StopDeployments'], before: hold },
];

/** The deployment of the last request; undefined when it has not ended, or was not accepted. */
async function newestOf(bed: Bed, served: Served): Promise<Deployment | undefined> {
  const [newest] = await deploymentsOf(bed, served);
  return newest === undefined || newest.id === served.one.id || IN_FLIGHT.includes(newest.status) ? undefined : newest;
}

/** A database, to which a variable of the service refers. */
async function giveDatabase({ client }: Bed, { target }: Served): Promise<void> {
  const { teamId, projectId, serviceId, environmentId } = target;
  const params = { teamId, projectId, environmentId };
  const { id: databaseId } = await client('databases.create', { params, body: { slug: 'data', engine: 'postgres' } });
  const isReady = async () => (await client('databases.get', { params: { ...params, databaseId } })).status === 'ready';
  await until('the database', isReady, 120_000);
  const body = { set: { DATABASE_URL: { value: `\${{data.DATABASE_URL}}` } } };
  await client('variables.set', { params: { teamId, projectId }, query: { serviceId, environmentId }, body });
}

/** Deploys an app with two minutes of observation, and waits for its start; returns the deployment's id. */
async function hold(bed: Bed, served: Served): Promise<string> {
  const { client } = bed;
  const { target } = served;
  const ada = developer(client);
  await ada.configure(target, { health: { timeoutSeconds: 120 } });
  const uploadId = await uploadApp(bed, served, running('setInterval(() => undefined, 1000);'));
  const queued = await client('deployments.create', { params: target, body: { uploadId } });
  await until('the release is being verified', async () =>
    (await ada.get(target, queued)).steps.some(({ name }) => name === 'verify'),
  );
  return queued.id;
}

/** A live deployment serves next to the previous release; a failed one has changed nothing. */
export function atRest({ zero, one }: Served, ended: Deployment, answers: string) {
  const { status } = ended;
  return status === 'live'
    ? { status, ended, body: answers, kept: [ended, one] }
    : { status, ended, body: 'one', kept: [one, zero] };
}

function unlessGone(error: unknown): undefined {
  if (error instanceof GantryError && error.kind === 'NotFound') return undefined;
  throw error;
}
