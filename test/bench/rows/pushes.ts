import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { until } from '../../journeys/developer.ts';
import { type GitHubStandIn, startGitHub } from '../../journeys/github.ts';
import { joinInstallation, registerAppOf } from '../../journeys/installation.ts';
import { visit } from '../../journeys/platform.ts';
import { type Figure, median, type Topic } from '../figures.ts';
import { APP, type App, type Bed, type Delivery, type Deployed, newApp, versionOf } from '../platform.ts';
import { type Budget, billed } from './units.ts';

const PUSHES = 5;
const BILLED = 2;
const REPOSITORY = 'acme/bench';
/** The most that AWS may bill for a push. */
const BUDGET: Budget = {
  dollars: 0.0005,
  units: { 'lambda.requests': 40, 'sqs.requests': 50, 'dynamodb.rru': 120, 'dynamodb.wru': 150 },
};

/** Pushes to a GitHub repository. A stand-in on this machine plays GitHub. */
export const pushes = (bed: Bed): Topic => ({
  name: 'pushes',
  async measure() {
    const github = await startGitHub({ redirectUrls, webhooks: `${bed.endpoints.api}/webhooks/github` });
    try {
      return await figuresOf(bed, await repositoryOf(bed, github));
    } finally {
      await github.stop();
    }
  },
});

async function figuresOf(bed: Bed, { app, commit }: Repository): Promise<Figure[]> {
  let pushed = 0;
  const next = () => {
    pushed += 1;
    return `v${pushed}`;
  };
  const push = () => app.deploy(next());
  const unwatched = async () => {
    const text = next();
    await (await commit(text)).send();
    await until('the app answers with the pushed version', async () =>
      (await visit(app.url())).body.includes(`"${text}"`),
    );
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
    ...(await billed(bed, 'a push that nobody watches', BILLED, unwatched, BUDGET)),
    ...(await billed(bed, 'a push that somebody follows', BILLED, push)),
  ];
}

const platformMs = ({ totalMs, ownMs }: Deployed) => totalMs - ownMs;

/** An app from a repository. */
interface Repository {
  readonly app: App;
  /** Commits a version together with a webhook that the platform refuses. `send` sends the accepted webhook. */
  commit(text: string): Promise<{ readonly id: string; send(): Promise<void> }>;
}

async function repositoryOf({ endpoints, client, teamId }: Bed, github: GitHubStandIn): Promise<Repository> {
  await registerAppOf(endpoints, github);
  await github.createRepository(REPOSITORY);
  await joinInstallation(client, teamId, github.install('acme').id);
  const source = { kind: 'github' as const, repository: REPOSITORY, branch: 'main', watchPaths: [] };
  const files = await contentsOf(APP);
  const commit: Repository['commit'] = async (text) => {
    const push = await github.push(REPOSITORY, 'main', { ...files, ...versionOf(text) }, { secret: null });
    return {
      id: push.commit,
      async send() {
        await github.send('push', push.payload);
      },
    };
  };
  return { commit, app: await newApp(client, 'bench-pushes', source, pushing(client, commit)) };
}

/** Commits before the clock starts. */
function pushing(client: Client, commit: Repository['commit']): Delivery {
  return async (target, text) => {
    const { id: commitId, send } = await commit(text);
    return async () => {
      await send();
      const { id } = await until('the push has a deployment', async () => {
        const [newest] = (await client('deployments.list', { params: target })).items;
        return newest?.source.kind === 'github' && newest.source.commit?.id === commitId && newest;
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
