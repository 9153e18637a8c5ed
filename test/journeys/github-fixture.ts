import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { follow, type Target } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll } from '@jest/globals';
import { patience } from '../patience.ts';
import { until } from './developer.ts';
import { client, platform } from './fixture.ts';
import { type GitHubStandIn, startGitHub } from './github.ts';
import { registerAppOf } from './installation.ts';

/** One stand-in of GitHub for all journeys of a platform, because functions keep its App's settings for a minute. */
export let github: GitHubStandIn;
export let teamId: string;

beforeAll(async () => {
  github = await startGitHub({ redirectUrls });
  github.sendWebhooksTo(`${platform.endpoints.api}/webhooks/github`);
  await registerAppOf(platform.endpoints, github);
  teamId = (await client('session.get', {})).teams[0]?.team.id ?? '';
}, patience(90_000));

afterAll(() => github?.stop(), patience(30_000));

/** A project with one service with the given `source`. */
export async function serviceFrom(team: string, slug: string, source: ServiceSource, more = {}): Promise<Target> {
  const project = await client('projects.create', { params: { teamId: team }, body: { slug } });
  const params = { teamId: team, projectId: project.id };
  const body = { slug: 'web', source, health: { timeoutSeconds: 20 }, ...more };
  const service = await client('services.create', { params, body });
  const { items } = await client('environments.list', { params });
  return { ...params, serviceId: service.id, environmentId: items[0]?.id ?? '' };
}

/** The source of a service that follows a repository's branch `main`. */
export const fromRepository = (repository: string, watchPaths: readonly string[] = []) => ({
  ...{ kind: 'github' as const, repository, branch: 'main' },
  watchPaths: [...watchPaths],
});

export const deploymentsOf = async (target: Target) => (await client('deployments.list', { params: target })).items;

/** Waits for the end of a deployment. */
export const end = (target: Target, { id }: Pick<Deployment, 'id'>) =>
  follow(client, target, id, undefined, patience(60_000));

/** The newest deployment, once it differs from `than`. */
export const newest = (target: Target, than?: Pick<Deployment, 'id'>) =>
  until('there is a deployment', async () => {
    const [first] = await deploymentsOf(target);
    return first?.id === than?.id ? undefined : first;
  });
