import { createHmac, randomUUID } from 'node:crypto';
import { patience } from '../patience.ts';
import type { HostedRepository, Installation, World } from './github-world.ts';

const NO_COMMIT = '0'.repeat(40);

export interface Delivery {
  /** The header `X-GitHub-Delivery`: a redelivery repeats the first one's. */
  readonly id?: string;
  /** Replaces the App's webhook secret for a forged delivery; null for none. */
  readonly secret?: string | null;
}

/** Sends an event as GitHub does. https://docs.github.com/webhooks/webhook-events-and-payloads */
export async function deliver(
  { app }: World,
  address: string,
  event: string,
  payload: object,
  { id = randomUUID(), secret = app.webhookSecret }: Delivery = {},
): Promise<Response> {
  const body = JSON.stringify(payload);
  const signature = secret === null ? undefined : `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  return fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/1234567',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-github-hook-id': '1',
      'x-github-hook-installation-target-id': String(app.id),
      'x-github-hook-installation-target-type': 'integration',
      ...(signature !== undefined && { 'x-hub-signature-256': signature }),
    },
    body,
    signal: AbortSignal.timeout(patience(10_000)),
  });
}

const account = (login: string, id = 1) => ({ login, id, type: login === 'ada' ? 'User' : 'Organization' });

const repositoryOf = ({ id, fullName: name, owner }: HostedRepository, url: string) => ({
  id,
  name: name.split('/')[1],
  full_name: name,
  private: true,
  owner: account(owner),
  html_url: `${url}/${name}`,
  clone_url: `${url}/${name}.git`,
  default_branch: 'main',
});

export const pingPayload = ({ app }: World) => ({
  zen: 'Keep it logically awesome.',
  hook_id: 1,
  hook: { type: 'App', id: 1, app_id: app.id },
});

/** The payload of a push of `after` to a branch; `before` is undefined for a new branch, `after` for a deleted one. */
export async function pushPayload(
  world: World,
  url: string,
  repository: HostedRepository,
  branch: string,
  before: string | undefined,
  after: string | undefined,
  forced = false,
) {
  const installation = [...world.installations.values()].find((each) => world.has(each, repository.fullName));
  const range = before === undefined ? [after ?? ''] : [`${before}..${after}`];
  const shas =
    after === undefined
      ? []
      : (await repository.git('rev-list', '--reverse', '--max-count=2048', ...range)).trim().split('\n');
  const commits = await Promise.all(shas.filter((sha) => sha !== '').map((sha) => commitOf(repository, url, sha)));
  return {
    ref: `refs/heads/${branch}`,
    before: before ?? NO_COMMIT,
    after: after ?? NO_COMMIT,
    created: before === undefined,
    deleted: after === undefined,
    forced,
    base_ref: null,
    compare: `${url}/${repository.fullName}/compare/${before ?? ''}...${after ?? ''}`,
    commits,
    head_commit: after === undefined ? null : (commits.at(-1) ?? (await commitOf(repository, url, after))),
    repository: { ...repositoryOf(repository, url), pushed_at: Math.floor(Date.now() / 1000) },
    pusher: { name: 'ada', email: 'ada@example.com' },
    sender: account('ada'),
    ...(installation !== undefined && { installation: { id: installation.id, node_id: 'MDIz' } }),
  };
}

async function commitOf({ git, fullName: name }: HostedRepository, url: string, sha: string) {
  const shown = await git('show', '-s', '--format=%an%n%ae%n%cI%n%T%n%B', sha);
  const [author = '', email = '', timestamp = '', tree_id = '', ...message] = shown.split('\n');
  const changes = (await git('diff-tree', '--root', '--no-commit-id', '-r', '-z', '--name-status', sha)).split('\0');
  const changed = (kind: string) =>
    changes.flatMap((each, index) => (index % 2 === 0 && each === kind ? [changes[index + 1]] : []));
  const person = { name: author, email, username: 'ada' };
  return {
    id: sha,
    tree_id,
    distinct: true,
    message: message.join('\n').trimEnd(),
    timestamp,
    url: `${url}/${name}/commit/${sha}`,
    author: person,
    committer: person,
    added: changed('A'),
    removed: changed('D'),
    modified: changed('M'),
  };
}

/** The payload for a renamed repository, or one transferred to another account. */
export function repositoryPayload(
  world: World,
  url: string,
  action: 'renamed' | 'transferred',
  repository: HostedRepository,
) {
  const installation = [...world.installations.values()].find((each) => world.has(each, repository.fullName));
  return {
    action,
    repository: repositoryOf(repository, url),
    sender: account('ada'),
    ...(installation !== undefined && { installation: { id: installation.id, node_id: 'MDIz' } }),
  };
}

export function installationPayload(
  world: World,
  action: 'created' | 'deleted' | 'suspend' | 'unsuspend',
  installation: Installation,
) {
  const repositories = [...world.repositories.values()]
    .filter(({ fullName }) => world.has(installation, fullName))
    .map(shortRepository);
  return { action, installation: installationOf(world, installation), repositories, sender: account('ada') };
}

export function installationRepositoriesPayload(
  world: World,
  installation: Installation,
  added: readonly HostedRepository[],
  removed: readonly HostedRepository[],
) {
  return {
    action: added.length > 0 ? 'added' : 'removed',
    installation: installationOf(world, installation),
    repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
    repositories_added: added.map(shortRepository),
    repositories_removed: removed.map(shortRepository),
    sender: account('ada'),
  };
}

const shortRepository = ({ id, fullName: name }: HostedRepository) => ({
  id,
  name: name.split('/')[1],
  full_name: name,
  private: true,
});

const installationOf = ({ app }: World, { id, account: login, repositories, suspendedAt }: Installation) => ({
  id,
  account: account(login),
  app_id: app.id,
  app_slug: app.slug,
  target_type: account(login).type,
  repository_selection: repositories === 'all' ? 'all' : 'selected',
  permissions: app.permissions,
  events: ['push'],
  suspended_at: suspendedAt,
});
