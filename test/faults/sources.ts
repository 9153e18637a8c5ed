import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { answering, app } from '../journeys/developer.ts';
import { type GitServer, startGitServer } from '../journeys/git-server.ts';
import { type GitHubStandIn, startGitHub } from '../journeys/github.ts';
import { joinInstallation, registerAppOf } from '../journeys/installation.ts';
import type { Bed } from './bed.ts';

let git: Promise<GitServer> | undefined;
/** By the address of a platform, which a restart keeps. */
const githubs = new Map<string, Promise<GitHubStandIn>>();

/** The files of an app that answers with a text. */
export function repositoryOf(text: string): Record<string, string> {
  const files = ['package.json', 'gantry.json'].map((name) => [name, readFileSync(join(app, name), 'utf8')]);
  return { ...Object.fromEntries(files), ...answering(text) };
}

/** Pushes files to the branch `main` of a new repository. */
export async function pushToGit(files: Record<string, string>) {
  git ??= startGitServer();
  const server = await git;
  const name = randomUUID();
  const repository = await server.create(name);
  return { url: `${server.url}/${name}.git`, commit: await repository.push('main', files) };
}

/** GitHub as one platform knows it: it outlives the platform. */
export function githubOf({ platform }: Bed): Promise<GitHubStandIn> {
  const { api } = platform.endpoints;
  const github = githubs.get(api) ?? startGitHub({ redirectUrls, webhooks: `${api}/webhooks/github` });
  githubs.set(api, github);
  return github;
}

/** The same, with a registered App and a team that has joined the installation of `account`. */
export async function joined({ platform, client }: Bed, teamId: string, account: string): Promise<GitHubStandIn> {
  const github = await githubOf({ platform, client });
  await registerAppOf(platform.endpoints, github);
  await joinInstallation(client, teamId, github.install(account).id);
  return github;
}

/** Stops the servers that were started here, with their repositories. */
export async function endSources(): Promise<void> {
  await Promise.all([git, ...githubs.values()].map(async (server) => (await server)?.stop()));
}
