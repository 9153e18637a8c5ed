import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { until } from '../../journeys/developer.ts';
import { type GitHubStandIn, startGitHub } from '../../journeys/github.ts';
import { joinInstallation, registerAppOf } from '../../journeys/installation.ts';
import { type Figure, median, type Topic } from '../figures.ts';
import { APP, type App, type Bed, type Delivery, type Deployed, newApp, versionOf } from '../platform.ts';
import { billed } from './units.ts';

const PUSHES = 5;
const BILLED = 2;
const REPOSITORY = 'acme/bench';

/** Pushes to a repository of GitHub, for which a stand-in on this machine is there. */
export const pushes = (bed: Bed): Topic => ({
  name: 'pushes',
  async measure() {
    const github = await startGitHub({ redirectUrls, webhooks: `${bed.endpoints.api}/webhooks/github` });
    try {
      return await figuresOf(bed, await appOf(bed, github));
    } finally {
      await github.stop();
    }
  },
});

async function figuresOf(bed: Bed, app: App): Promise<Figure[]> {
  let pushed = 0;
  const push = () => {
    pushed += 1;
    return app.deploy(`v${pushed}`);
  };
  const first = await push();
  const runs: Deployed[] = [];
  for (let run = 0; run < PUSHES; run += 1) runs.push(await push());
  const of = (figure: (run: Deployed) => number) => median(runs.map(figure)) / 1000;
  const detail = `median of ${PUSHES}; from GitHub's signed webhook until the URL answers with the commit`;
  const own = "without the app's own install, build and boot";
  return [
    { name: 'push to live, all of it', value: of(({ totalMs }) => totalMs), unit: 's', detail },
    ...Object.keys(first.steps).map(
      (step): Figure => ({ name: `  of that step ${step}`, value: of(({ steps }) => steps[step] ?? 0), unit: 's' }),
    ),
    { name: 'push to live, the platform', value: of(platformMs), unit: 's', aim: 2, detail: `${detail}, ${own}` },
    { name: 'push to live, the platform, the first', value: platformMs(first) / 1000, unit: 's', detail: own },
    ...(await billed(bed, 'deployment of a push', BILLED, push)),
  ];
}

const platformMs = ({ totalMs, ownMs }: Deployed) => totalMs - ownMs;

async function appOf({ endpoints, client, teamId }: Bed, github: GitHubStandIn): Promise<App> {
  await registerAppOf(endpoints, github);
  await github.createRepository(REPOSITORY);
  await joinInstallation(client, teamId, github.install('acme').id);
  const source = { kind: 'github' as const, repository: REPOSITORY, branch: 'main', watchPaths: [] };
  return newApp(client, 'bench-pushes', source, await pushing(client, github));
}

/** Commits before the clock starts, with a webhook that the platform refuses; the one that it takes starts it. */
async function pushing(client: Client, github: GitHubStandIn): Promise<Delivery> {
  const files = await contentsOf(APP);
  return async (target, text) => {
    const push = await github.push(REPOSITORY, 'main', { ...files, ...versionOf(text) }, { secret: null });
    return async () => {
      await github.send('push', push.payload);
      const { id } = await until('the deployment of the push', async () => {
        const [newest] = (await client('deployments.list', { params: target })).items;
        return newest?.source.kind === 'github' && newest.source.commit?.id === push.commit && newest;
      });
      return id;
    };
  };
}

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}
