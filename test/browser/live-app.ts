import { readFile } from 'node:fs/promises';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { follow, type Target } from '@gantry/local/example/deploy.ts';
import type { Page } from 'playwright-core';
import { type GitHubStandIn, startGitHub } from '../journeys/github.ts';
import { joinInstallation, registerAppOf } from '../journeys/installation.ts';
import { newService, type Platform, visit } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';

const REPOSITORY = 'acme/stream';
export const STREAM = '/teams/team/projects/stream/production/web';

/** An app that answers with `text`, and prints numbered lines on request. */
const files = (text: string) => ({
  'gantry.json': JSON.stringify({ provider: 'node', build: { install: [], build: 'true' }, start: 'node .' }),
  'index.js': `let printed = 0;
async function print(lines, everyMs, atOnce) {
  for (const last = printed + lines; printed < last; ) {
    console.log('line ' + ++printed + '.');
    if (everyMs > 0 && printed % atOnce === 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
require('node:http').createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  const number = (name) => Number(searchParams.get(name));
  if (pathname === '/print') void print(number('lines'), number('everyMs'), number('atOnce'));
  response.end(${JSON.stringify(text)});
}).listen(process.env.PORT);`,
});

/** A service that deploys pushes to a repository of the stand-in for GitHub. */
export interface LiveApp {
  readonly target: Target;
  readonly github: GitHubStandIn;
  push(text: string, message: string): Promise<{ readonly commit: string }>;
  /** Makes the app print more lines, numbered from 1: `atOnce` lines every `everyMs` milliseconds. */
  print(lines: number, everyMs?: number, atOnce?: number): Promise<void>;
}

/** Makes the service without a deployment. */
export async function makeLiveApp(platform: Platform): Promise<LiveApp> {
  const client = await platform.client();
  const github = await startGitHub({ redirectUrls, webhooks: `${platform.endpoints.api}/webhooks/github` });
  await registerAppOf(platform.endpoints, github);
  const { teams } = await client('session.get', {});
  await github.createRepository(REPOSITORY);
  await joinInstallation(client, teams[0]?.team.id ?? '', github.install('acme').id);
  const source = { kind: 'github' as const, repository: REPOSITORY, branch: 'main', watchPaths: [] };
  const target = await newService(client, 'stream', { timeoutSeconds: 60 }, source);
  const push = (text: string, message: string) => github.push(REPOSITORY, 'main', files(text), { message });
  const print = async (lines: number, everyMs = 0, atOnce = 1) => {
    const { items } = await client('deployments.list', { params: target });
    const url = items.find(({ status }) => status === 'live')?.url ?? (await deployed());
    await visit(url, `/print?lines=${lines}&everyMs=${everyMs}&atOnce=${atOnce}`);
  };
  const deployed = async (): Promise<string> => {
    await push('one', 'Open the stream');
    const [first] = await until('the push has a deployment', async () => {
      const { items } = await client('deployments.list', { params: target });
      return items.length > 0 && items;
    });
    const { url } = await follow(client, target, first?.id ?? '', undefined, patience(90_000));
    return url ?? '';
  };
  return { target, github, push, print };
}

/** The numbers of the app's lines on a log's page, in order, from its download. */
export async function linesOf(page: Page): Promise<number[]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  const text = await readFile(await download.path(), 'utf8');
  return [...text.matchAll(/ line (\d+)\.$/gm)].map(([, number]) => Number(number));
}
