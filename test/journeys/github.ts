import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Content, repositories } from './git-repository.ts';
import { type Answer, answerApi } from './github-api.ts';
import { githubPages } from './github-pages.ts';
import {
  type Delivery,
  deliver,
  installationPayload,
  installationRepositoriesPayload,
  pingPayload,
  pushPayload,
  repositoryPayload,
} from './github-webhooks.ts';
import { type HostedRepository, type Installation, World } from './github-world.ts';

/**
 * GitHub on this machine, as far as the product needs it: real repositories behind the REST API, tokens with their limits, the pages of OAuth and of
 * App manifests, and signed webhooks. It shares no code with the product.
 */
export type GitHubStandIn = Awaited<ReturnType<typeof startGitHub>>;

/** `redirectUrls` are the App's allowed return addresses; `webhooks` is the address for its events. */
export async function startGitHub({
  redirectUrls = [],
  webhooks = '',
}: {
  redirectUrls?: readonly string[];
  webhooks?: string;
} = {}) {
  const world = new World(repositories(), redirectUrls);
  const codeloadServer = await listen((request, response) => {
    const [, name = '', sha = ''] = /^\/(.+)\/legacy\.tar\.gz\/([0-9a-f]{40})\?token=/.exec(request.url ?? '') ?? [];
    const repository = world.repositories.get(name);
    // The address itself is the credential: an API credential is wrong here.
    if (repository === undefined || request.headers.authorization !== undefined) return response.writeHead(404).end();
    const prefix = `${name.replace('/', '-')}-${sha.slice(0, 7)}/`;
    const args = ['--git-dir', repository.folder, 'archive', '--format=tar.gz', `--prefix=${prefix}`, sha];
    response.setHeader('content-type', 'application/x-gzip');
    return spawn('git', args, { stdio: ['ignore', 'pipe', 'ignore'] }).stdout.pipe(response);
  });
  const server = await listen(async (request, response) => {
    const address = new URL(request.url ?? '/', url);
    const answer =
      (await pages.answer(request, address)) ?? (await answerApi(world, urlOf(codeloadServer), request, address));
    write(response, answer);
  });
  const url = urlOf(server);
  const pages = githubPages(world, url);
  let target = webhooks;
  const send = (event: string, payload: object, delivery?: Delivery) =>
    deliver(world, target, event, payload, delivery);
  const hosted = (name: string): HostedRepository => {
    const found = world.repositories.get(name);
    if (found === undefined) throw new Error(`there is no repository ${name}`);
    return found;
  };
  const installed = (id: number): Installation => {
    const found = world.installations.get(id);
    if (found === undefined) throw new Error(`there is no installation ${id}`);
    return found;
  };

  return {
    url,
    world,
    /** Manifests that wait for their conversion, by code. */
    manifests: pages.manifests,
    /** The App's settings, as in the stage's secret. */
    app() {
      const { id, slug, name, clientId, clientSecret, webhookSecret, privateKey } = world.app;
      return {
        appId: id,
        slug,
        name,
        clientId,
        clientSecret,
        webhookSecret,
        privateKey,
        apiUrl: `${url}/api/v3`,
        webUrl: url,
      };
    },
    /** Sends events to this address from now on. */
    sendWebhooksTo(address: string) {
      target = address;
    },
    async createRepository(fullName: string): Promise<HostedRepository> {
      const id = world.nextId();
      // Another repository may take the name again.
      const made = await world.store.create(`${fullName}-${id}`);
      const owner = fullName.split('/')[0] ?? '';
      const repository = { ...made, id, fullName, owner, collaborators: new Map() };
      world.repositories.set(fullName, repository);
      return repository;
    },
    /** Renames a repository, or transfers it to another account, without an event: `renamed` sends one. */
    rename(from: string, to: string): HostedRepository {
      const repository = { ...hosted(from), fullName: to, owner: to.split('/')[0] ?? '' };
      world.repositories.delete(from);
      world.repositories.set(to, repository);
      return repository;
    },
    renamed(fullName: string, action: 'renamed' | 'transferred', delivery?: Delivery) {
      return send('repository', repositoryPayload(world, url, action, hosted(fullName)), delivery);
    },
    /** Installs the App on an account without an event; `installation('created', id)` sends one. */
    install(
      account: string,
      {
        repositories: chosen = 'all',
        people = ['ada'],
      }: { repositories?: readonly string[] | 'all'; people?: readonly string[] } = {},
    ): Installation {
      const installation = { id: world.nextId(), account, repositories: chosen, people, suspendedAt: null };
      world.installations.set(installation.id, installation);
      return installation;
    },
    /** Changes an installation and sends its event. */
    installation(action: 'created' | 'deleted' | 'suspend' | 'unsuspend', id: number, delivery?: Delivery) {
      const installation = installed(id);
      if (action === 'suspend') installation.suspendedAt = new Date().toISOString();
      if (action === 'unsuspend') installation.suspendedAt = null;
      if (action === 'deleted') world.installations.delete(id);
      return send('installation', installationPayload(world, action, installation), delivery);
    },
    /** Changes the repositories of an installation and sends the event. */
    chooseRepositories(id: number, chosen: readonly string[], delivery?: Delivery) {
      const installation = installed(id);
      const before = [...world.repositories.keys()].filter((name) => world.has(installation, name));
      installation.repositories = chosen;
      const added = chosen.filter((name) => !before.includes(name)).map(hosted);
      const removed = before.filter((name) => !chosen.includes(name)).map(hosted);
      return send(
        'installation_repositories',
        installationRepositoriesPayload(world, installation, added, removed),
        delivery,
      );
    },
    ping: (delivery?: Delivery) => send('ping', pingPayload(world), delivery),
    /** Commits, pushes and sends the event: returns the commit, the delivery and its answer. */
    async push(
      fullName: string,
      branch: string,
      files: Readonly<Record<string, Content>>,
      { message, ...delivery }: Delivery & { message?: string } = {},
    ) {
      const repository = hosted(fullName);
      const before = await repository.resolve(`refs/heads/${branch}`);
      const commit = await repository.push(branch, files, message === undefined ? {} : { message });
      const payload = await pushPayload(world, url, repository, branch, before, commit);
      return { commit, payload, response: await send('push', payload, delivery) };
    },
    /** Moves a branch to an existing commit, and sends the event. */
    async forcePush(fullName: string, branch: string, commit: string, delivery?: Delivery) {
      const repository = hosted(fullName);
      const before = await repository.resolve(`refs/heads/${branch}`);
      await repository.git('update-ref', `refs/heads/${branch}`, commit);
      const forward = await repository.git('merge-base', before ?? commit, commit);
      const forced = forward.trim() !== before;
      const payload = await pushPayload(world, url, repository, branch, before, commit, forced);
      return { payload, response: await send('push', payload, delivery) };
    },
    async deleteBranch(fullName: string, branch: string, delivery?: Delivery) {
      const repository = hosted(fullName);
      const before = await repository.resolve(`refs/heads/${branch}`);
      await repository.deleteBranch(branch);
      return send('push', await pushPayload(world, url, repository, branch, before, undefined), delivery);
    },
    /** Sends any event, such as an earlier one. */
    send,
    async stop() {
      await Promise.all([close(server), close(codeloadServer)]);
      world.store.remove();
    },
  };
}

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function write(response: Parameters<RequestListener>[1], { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
